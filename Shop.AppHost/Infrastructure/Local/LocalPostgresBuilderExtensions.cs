using System.Runtime.Versioning;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Shop.AppHost.Infrastructure.Local;

internal static class LocalPostgresBuilderExtensions
{
    // DCP stops a process with SIGTERM and kills it after 6 seconds (https://github.com/microsoft/aspire/issues/18237). On SIGTERM,
    // PostgreSQL waits until its clients have disconnected; on SIGINT it disconnects them and shuts down cleanly
    // (https://www.postgresql.org/docs/current/server-shutdown.html). 'wait' also returns when a signal arrives, hence the loop.
    private const string StartScript = """
        "$@" & server=$!
        trap 'kill -INT $server' TERM INT
        while :; do wait $server; code=$?; kill -0 $server 2>/dev/null || break; done
        exit $code
        """;

    /// <summary>Adds a PostgreSQL server as a local process.</summary>
    /// <exception cref="DistributedApplicationException">
    /// PostgreSQL is not installed, is too old, or is not the version that wrote the data.
    /// </exception>
    [UnsupportedOSPlatform("windows")]
    public static IResourceBuilder<LocalPostgresResource> AddLocalPostgres(
        this IDistributedApplicationBuilder builder, string name, DataDirectory data)
    {
        var directory = data.GetServerDirectory(name);
        var password = builder.AddParameter($"{name}-password", data.GetOrCreateSecret($"{name}.password"), secret: true);
        var postgres = new LocalPostgresResource(name, directory, password.Resource);
        var cluster = PostgresCluster.Open(directory);
        string[] command =
        [
            .. cluster.GetCommand("postgres"), "-D", cluster.DataPath, "-h", "127.0.0.1", "-k", "", .. BackingServices.PostgresArguments,
        ];

        var healthCheck = $"{name}_check";
        builder.Services.AddHealthChecks().AddAsyncCheck(healthCheck, cancellationToken => ConnectAsync(postgres, cancellationToken));

        return builder.AddResource(postgres)
            .WithEndpoint(name: "tcp", isProxied: false)
            .WithArgs(ServerScript.GetArguments(StartScript, directory))
            .WithArgs(command)
            .WithArgs("-p", postgres.PrimaryEndpoint.Property(EndpointProperty.TargetPort))
            .WithHealthCheck(healthCheck)
            .WithIconName("Database")
            .OnBeforeResourceStarted(async (resource, _, cancellationToken) =>
                await cluster.CreateIfMissingAsync((await resource.PasswordParameter.GetValueAsync(cancellationToken))!, cancellationToken))
            .OnResourceReady((resource, ready, cancellationToken) => CreateDatabasesAsync(resource, ready.Services, cancellationToken))
            .OnResourceStopped((resource, stopped, _) =>
                PublishDatabaseStateAsync(resource, stopped.Services, KnownResourceStates.Finished));
    }

    /// <summary>Adds a database of the same name as the resource.</summary>
    public static IResourceBuilder<LocalPostgresDatabaseResource> AddDatabase(
        this IResourceBuilder<LocalPostgresResource> postgres, string name)
    {
        var database = new LocalPostgresDatabaseResource(name, postgres.Resource);
        postgres.Resource.Databases.Add(database);

        var healthCheck = $"{name}_check";
        postgres.ApplicationBuilder.Services.AddHealthChecks()
            .AddAsyncCheck(healthCheck, cancellationToken => ConnectAsync(database, cancellationToken));

        return postgres.ApplicationBuilder.AddResource(database)
            .WithHealthCheck(healthCheck)
            .WithIconName("DatabaseMultiple");
    }

    private static async Task CreateDatabasesAsync(
        LocalPostgresResource postgres, IServiceProvider services, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await OpenAsync(postgres, cancellationToken);
            foreach (var database in postgres.Databases)
            {
                await using var exists = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection)
                {
                    Parameters = { new() { Value = database.Name } },
                };
                if (await exists.ExecuteScalarAsync(cancellationToken) is null)
                {
                    await using var create = new NpgsqlCommand($"""CREATE DATABASE "{database.Name}" """, connection);
                    await create.ExecuteNonQueryAsync(cancellationToken);
                }
            }

            await PublishDatabaseStateAsync(postgres, services, KnownResourceStates.Running);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Aspire reports the exception to the resources that wait for this one, but does not log it
            // (https://github.com/microsoft/aspire/issues/7590).
            Log.DatabasesNotCreated(services.GetRequiredService<ResourceLoggerService>().GetLogger(postgres), e);
            throw;
        }
    }

    // Aspire gives a child resource the state of its parent only if the parent is a container, so that a resource that waits for a database
    // would wait forever (https://github.com/microsoft/aspire/issues/6615).
    private static async Task PublishDatabaseStateAsync(LocalPostgresResource postgres, IServiceProvider services, string state)
    {
        var notifications = services.GetRequiredService<ResourceNotificationService>();
        foreach (var database in postgres.Databases)
        {
            await notifications.PublishUpdateAsync(database, snapshot => snapshot with { State = state });
        }
    }

    private static async Task<HealthCheckResult> ConnectAsync(IResourceWithConnectionString resource, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(resource, cancellationToken);
        return HealthCheckResult.Healthy();
    }

    // Not pooled: after a restart of the server the pool would return a connection that the restart has closed.
    private static async Task<NpgsqlConnection> OpenAsync(IResourceWithConnectionString resource, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection($"{await resource.GetConnectionStringAsync(cancellationToken)};Pooling=false;Timeout=2");
        await connection.OpenAsync(cancellationToken);
        return connection;
    }
}
