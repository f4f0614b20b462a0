using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Shop.Bench.Measurement;

namespace Shop.Bench.Load;

/// <summary>
/// The two read operations of the catalog in their smallest form: a minimal API that sends the same SQL with Npgsql and returns the same
/// JSON, without Entity Framework Core, validation, logging, telemetry and request limits. Also a constant page, and an endpoint that reads
/// browser events, in their smallest form.
/// </summary>
internal static class BaselineApi
{
    public const string ConnectionStringVariable = "BASELINE_CONNECTION_STRING";

    /// <summary>The path of a page that is the same for every request.</summary>
    public const string PagePath = "/page";

    /// <summary>The path of an endpoint that reads events as JSON and does nothing with them.</summary>
    public const string BeaconPath = "/events";

    // About the size of the list of products.
    private const int PageSize = 20 * 1024;

    private const string Columns =
        "p.sku, p.name, p.description, p.category, p.price_amount, p.price_currency, s.on_hand - s.reserved, p.created_at";

    private const string List = $"select {Columns} from products p join stock s on s.sku = p.sku order by p.name, p.sku limit $1";
    private const string Get = $"select {Columns} from products p join stock s on s.sku = p.sku where p.sku = $1 limit 2";

    /// <summary>Writes the address of the API to standard output and runs until standard input is closed.</summary>
    public static async Task RunAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(NpgsqlDataSource.Create(Environment.GetEnvironmentVariable(ConnectionStringVariable)!));
        await using var app = builder.Build();
        app.MapGet("/api/v1/products", async (NpgsqlDataSource db, CancellationToken cancellationToken, int limit = 20) =>
        {
            var items = await ReadAsync(db, List, limit + 1, cancellationToken);
            return new Page(items[..Math.Min(limit, items.Count)], items.Count > limit ? items[limit - 1].Sku : null);
        });
        app.MapGet("/api/v1/products/{sku}", async (NpgsqlDataSource db, string sku, CancellationToken cancellationToken) =>
            (await ReadAsync(db, Get, sku, cancellationToken))[0]);
        var page = Encoding.UTF8.GetBytes($"<!DOCTYPE html><title>Page</title><p>{new string('x', PageSize)}</p>");
        app.MapGet(PagePath, () => Results.Bytes(page, "text/html"));
        app.MapPost(BeaconPath, (Beacon beacon) => beacon.Events.Count > 0 ? Results.NoContent() : Results.BadRequest());
        await app.StartAsync();
        await ChildProcess.ServeAsync(app.Urls.First());
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
                reader.GetString(0),
                reader.GetString(1),
                reader.GetString(2),
                reader.GetString(3),
                new Money(reader.GetInt64(4), reader.GetString(5)),
                reader.GetInt32(6),
                reader.GetFieldValue<DateTimeOffset>(7)));
        }

        return items;
    }

    private sealed record Beacon(string Page, string? Token, string Path, List<BeaconEvent> Events);

    private sealed record BeaconEvent(int Number, string Type, double Age, string? Name, double? Value, string? Target);

    private sealed record Page(List<Product> Items, string? Next);

    private sealed record Product(
        string Sku, string Name, string Description, string Category, Money Price, int Available, DateTimeOffset CreatedAt);

    private sealed record Money(long Amount, string Currency);
}
