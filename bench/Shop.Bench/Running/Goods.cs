using System.Globalization;
using Npgsql;

namespace Shop.Bench.Running;

/// <summary>So many products, with so much of each, that neither runs out and buyers rarely want the same.</summary>
internal static class Goods
{
    public const int Count = 10_000;

    private const string Add = """
        insert into products (sku, name, description, category, price_amount, price_currency, created_at, version)
        select 'BENCH-' || lpad(i::text, 5, '0'), 'Thing number ' || i, 'A thing to measure with, one of many that differ by their number only. This one has ' || i || '.',
               'things', 100 + i, 'EUR', now(), 1
        from generate_series(0, $1 - 1) as i;
        """;

    private const string Stock = "insert into stock (sku, on_hand, reserved) select 'BENCH-' || lpad(i::text, 5, '0'), 100000000, 0 from generate_series(0, $1 - 1) as i";

    public static async Task StockUpAsync(RunningShop shop)
    {
        await using var catalog = NpgsqlDataSource.Create(await shop.ConnectionStringAsync("catalogdb"));
        foreach (var sql in (string[])[Add, Stock])
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
