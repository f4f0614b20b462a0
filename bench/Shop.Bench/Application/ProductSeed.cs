using System.Globalization;
using Npgsql;

namespace Shop.Bench.Application;

/// <summary>Seeds products in a number and with a stock that never runs out and rarely makes two checkouts lock the same row.</summary>
internal static class ProductSeed
{
    public const int Count = 10_000;

    private const string InsertProducts = """
        insert into products (sku, name, description, category, price_amount, price_currency, created_at, version)
        select 'BENCH-' || lpad(i::text, 5, '0'), 'Product number ' || i,
               'A product of the benchmark, one of many that differ only in their number. The number is ' || i || '.',
               'benchmark', 100 + i, 'EUR', now(), 1
        from generate_series(0, $1 - 1) as i;
        """;

    private const string InsertStock = """
        insert into stock (sku, on_hand, reserved)
        select 'BENCH-' || lpad(i::text, 5, '0'), 100000000, 0 from generate_series(0, $1 - 1) as i
        """;

    public static async Task InsertAsync(ShopApplication shop)
    {
        await using var catalog = NpgsqlDataSource.Create(await shop.GetConnectionStringAsync("catalogdb"));
        foreach (var sql in (string[])[InsertProducts, InsertStock])
        {
            await using var command = catalog.CreateCommand(sql);
            command.Parameters.Add(new() { Value = Count });
            await command.ExecuteNonQueryAsync();
        }

        await using var analyze = catalog.CreateCommand("analyze");
        await analyze.ExecuteNonQueryAsync();
    }

    public static string Sku(int number) => string.Create(CultureInfo.InvariantCulture, $"BENCH-{number % Count:00000}");
}
