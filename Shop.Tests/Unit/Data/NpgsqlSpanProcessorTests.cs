using Shop.Data;

namespace Shop.Tests.Unit.Data;

public sealed class NpgsqlSpanProcessorTests
{
    [Theory]
    [InlineData("SELECT p.sku FROM products AS p WHERE p.sku = ANY (@skus)", "SELECT products")]
    [InlineData(
        "SELECT o1.x FROM (\n SELECT o.x FROM orders AS o LIMIT 2\n) AS o1 LEFT JOIN order_lines AS o0 ON true",
        "SELECT SELECT orders order_lines")]
    [InlineData("INSERT INTO orders (a) VALUES (@p0);\nUPDATE orders SET a = @p1 RETURNING xmin;", "INSERT orders UPDATE orders")]
    [InlineData("insert into reservations (a) values (@a) on conflict (a) do update set a = 1", "INSERT reservations")]
    [InlineData("SELECT a FROM stock FOR UPDATE SKIP LOCKED", "SELECT stock")]
    [InlineData("DELETE FROM \"Odd\".\"Table\" WHERE a = 1", "DELETE Odd.Table")]
    [InlineData("SHOW server_version", "")]
    [InlineData("", "")]
    public void Query_is_summarized_as_verbs_and_tables(string query, string summary) =>
        Assert.Equal(summary, NpgsqlSpanProcessor.Summarize(query));

    [Fact]
    public void Long_summary_ends_after_a_whole_statement()
    {
        var summary = NpgsqlSpanProcessor.Summarize(string.Concat(Enumerable.Repeat("INSERT INTO order_lines VALUES (1);", 100)));

        Assert.InRange(summary.Length, 200, 255);
        Assert.EndsWith(" INSERT order_lines", summary, StringComparison.Ordinal);
    }
}
