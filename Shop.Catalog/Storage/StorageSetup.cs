using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Shop.Catalog.Storage;

internal static class StorageExtensions
{
    /// <summary>The catalog's database, brought up to date before the service takes its first request or message.</summary>
    public static void AddCatalogStorage(this IHostApplicationBuilder builder)
    {
        // Few queries, sent all day: the server parses and plans each once per connection. No session keeps anything that had to be reset.
        builder.AddNpgsqlDbContext<CatalogDb>("catalogdb", settings => settings.ConnectionString = settings.ConnectionString is { Length: > 0 } address
            ? $"{address};Max Auto Prepare=100;No Reset On Close=true"
            : settings.ConnectionString);
        builder.Services.AddHostedService<StorageSetup>();

        // What fails there is thrown as well, and told where it is known whether it matters: a conflict is no error, it is tried again.
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore.Database.Command", LogLevel.Critical);
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore.Update", LogLevel.Critical);
    }
}

/// <summary>Applies the migrations and puts the first products in, once, however many replicas start at the same moment.</summary>
internal sealed class StorageSetup(IServiceScopeFactory scopes, IHostEnvironment host, TimeProvider time, ILogger<StorageSetup> log) : IHostedService
{
    // Any number, the same for all replicas.
    private const long Lock = 1511_0001;

    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        using var source = new ActivitySource(host.ApplicationName);
        while (true)
        {
            using var activity = source.StartActivity("prepare storage");
            try
            {
                await PrepareAsync(cancellationToken);
                return;
            }
            catch (NpgsqlException exception) when (exception.IsTransient)
            {
                activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
                log.StorageAwaited(exception);
                await Task.Delay(_pause, cancellationToken);
            }
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<CatalogDb>();

        // Held by a connection of its own and let go with it, also when this process dies: hence not a pooled one.
        var unpooled = new NpgsqlConnectionStringBuilder(db.Database.GetConnectionString()) { Pooling = false, CommandTimeout = 0 };
        await using var connection = new NpgsqlConnection(unpooled.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var take = new NpgsqlCommand("select pg_advisory_lock($1)", connection) { Parameters = { new() { Value = Lock } } };
        await take.ExecuteNonQueryAsync(cancellationToken);

        await db.Database.MigrateAsync(cancellationToken);
        if (!await db.Products.AnyAsync(cancellationToken))
        {
            db.AddRange(FirstProducts.Since(time.GetUtcNow()));
        }

        log.StorageReady(await db.SaveChangesAsync(cancellationToken) / 2);
    }
}
