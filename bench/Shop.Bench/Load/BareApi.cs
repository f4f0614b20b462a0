using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Shop.Bench.Load;

/// <summary>
/// The catalog's two reads as the least that can be written: a minimal API that sends the same SQL over Npgsql and answers the same
/// JSON. No Entity Framework, no validation, no log, no telemetry, no limits.
/// </summary>
internal static class BareApi
{
    public const string Connection = "BARE_CONNECTION";

    private const string Columns = "p.sku, p.name, p.description, p.category, p.price_amount, p.price_currency, s.on_hand - s.reserved, p.created_at";
    private const string List = $"select {Columns} from products p join stock s on s.sku = p.sku order by p.name, p.sku limit $1";
    private const string Get = $"select {Columns} from products p join stock s on s.sku = p.sku where p.sku = $1 limit 2";

    /// <summary>Says on the console where it listens, and ends when the console's input does.</summary>
    public static async Task RunAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(NpgsqlDataSource.Create(Environment.GetEnvironmentVariable(Connection)!));
        await using var app = builder.Build();
        app.MapGet("/api/v1/products", async (NpgsqlDataSource db, CancellationToken cancellationToken, int limit = 20) =>
        {
            var items = await ReadAsync(db, List, limit + 1, cancellationToken);
            return new Page(items[..Math.Min(limit, items.Count)], items.Count > limit ? items[limit - 1].Sku : null);
        });
        app.MapGet("/api/v1/products/{sku}", async (NpgsqlDataSource db, string sku, CancellationToken cancellationToken) =>
            (await ReadAsync(db, Get, sku, cancellationToken))[0]);
        await app.StartAsync();
        Console.WriteLine(app.Urls.First());
        while (await Console.In.ReadLineAsync() is not null)
        {
        }
    }

    private static async Task<List<Product>> ReadAsync<T>(NpgsqlDataSource db, string sql, T parameter, CancellationToken cancellationToken)
    {
        await using var command = db.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = parameter });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var items = new List<Product>();
        while (await reader.ReadAsync(cancellationToken))
        {
            items.Add(new Product(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), new Money(reader.GetInt64(4), reader.GetString(5)),
                reader.GetInt32(6), reader.GetFieldValue<DateTimeOffset>(7)));
        }

        return items;
    }

    private sealed record Page(List<Product> Items, string? Next);

    private sealed record Product(
        string Sku, string Name, string Description, string Category, Money Price, int Available, DateTimeOffset CreatedAt);

    private sealed record Money(long Amount, string Currency);
}
