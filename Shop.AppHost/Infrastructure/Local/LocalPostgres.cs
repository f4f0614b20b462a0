using System.Runtime.Versioning;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Shop.AppHost.Infrastructure.Local;

/// <summary>A Postgres server as a local process.</summary>
internal sealed class LocalPostgresResource(string name, string directory, ParameterResource password)
    : ExecutableResource(name, Path.Combine(directory, "start"), directory), IResourceWithConnectionString
{
    public List<LocalPostgresDatabaseResource> Databases { get; } = [];

    public EndpointReference Endpoint => field ??= new(this, "tcp");

    public ParameterResource Password => password;

    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create(
        $"Host={Endpoint.Property(EndpointProperty.Host)};Port={Endpoint.Property(EndpointProperty.Port)};Username=postgres;Password={password}");
}

/// <summary>A database of a local Postgres server, created when the server is first ready.</summary>
internal sealed class LocalPostgresDatabaseResource(string name, LocalPostgresResource parent)
    : Resource(name), IResourceWithParent<LocalPostgresResource>, IResourceWithConnectionString
{
    public LocalPostgresResource Parent => parent;

    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{parent};Database={Name}");
}

[UnsupportedOSPlatform("windows")]
internal static class LocalPostgresExtensions
{
    // SIGTERM makes Postgres wait for its clients to leave, SIGINT makes it stop.
    private const string StartScript = """
        #!/bin/sh
        "$@" & server=$!
        trap 'kill -INT $server' TERM INT
        while :; do wait $server; code=$?; kill -0 $server 2>/dev/null || break; done
        exit $code

        """;

    public static IResourceBuilder<LocalPostgresResource> AddLocalPostgres(this IDistributedApplicationBuilder builder, string name, DataDirectory data)
    {
        var directory = data.Of(name);
        var password = builder.AddParameter($"{name}-password", data.PasswordOf(name), secret: true);
        var postgres = new LocalPostgresResource(name, directory, password.Resource);
        var cluster = PostgresCluster.At(directory);

        builder.Services.AddHealthChecks().AddAsyncCheck($"{name}_connection", cancellationToken => ConnectAsync(postgres, cancellationToken));

        return builder.AddResource(postgres)
            .WithEndpoint(name: "tcp", isProxied: false)
            .WithArgs([.. cluster.Command("postgres"), "-D", cluster.Directory, .. ServersExtensions.PostgresArguments, "-h", "127.0.0.1", "-k", "", "-p"])
            .WithArgs(postgres.Endpoint.Property(EndpointProperty.TargetPort))
            .WithHealthCheck($"{name}_connection")
            .WithIconName("Database")
            .OnBeforeResourceStarted(async (resource, _, cancellationToken) =>
            {
                DataDirectory.WriteScript(resource.Command, StartScript);
                await cluster.CreateIfMissingAsync((await resource.Password.GetValueAsync(cancellationToken))!, cancellationToken);
            })
            .OnResourceReady((resource, ready, cancellationToken) => CreateDatabasesAsync(resource, ready.Services, cancellationToken))
            .OnResourceStopped((resource, stopped, _) => PublishAsync(resource, stopped.Services, KnownResourceStates.Finished));
    }

    /// <summary>Adds a database of the same name as the resource.</summary>
    public static IResourceBuilder<LocalPostgresDatabaseResource> AddDatabase(this IResourceBuilder<LocalPostgresResource> postgres, string name)
    {
        var database = new LocalPostgresDatabaseResource(name, postgres.Resource);
        postgres.Resource.Databases.Add(database);
        postgres.ApplicationBuilder.Services.AddHealthChecks()
            .AddAsyncCheck($"{name}_connection", cancellationToken => ConnectAsync(database, cancellationToken));

        return postgres.ApplicationBuilder.AddResource(database)
            .WithHealthCheck($"{name}_connection")
            .WithIconName("DatabaseMultiple");
    }

    private static async Task CreateDatabasesAsync(LocalPostgresResource postgres, IServiceProvider services, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await OpenAsync(postgres, cancellationToken);
            foreach (var database in postgres.Databases)
            {
                await using var exists = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection) { Parameters = { new() { Value = database.Name } } };
                if (await exists.ExecuteScalarAsync(cancellationToken) is null)
                {
                    await using var create = new NpgsqlCommand($"""CREATE DATABASE "{database.Name}" """, connection);
                    await create.ExecuteNonQueryAsync(cancellationToken);
                }
            }

            await PublishAsync(postgres, services, KnownResourceStates.Running);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Aspire tells nobody but the waiters of what a ready handler throws.
            Log.DatabasesNotCreated(services.GetRequiredService<ResourceLoggerService>().GetLogger(postgres), e);
            throw;
        }
    }

    // Aspire keeps the state of children in step with their parent for containers only.
    private static async Task PublishAsync(LocalPostgresResource postgres, IServiceProvider services, string state)
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

    // Unpooled: a pooled connection from before a restart of the server is dead and would be handed out once more.
    private static async Task<NpgsqlConnection> OpenAsync(IResourceWithConnectionString resource, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection($"{await resource.GetConnectionStringAsync(cancellationToken)};Pooling=false;Timeout=2");
        await connection.OpenAsync(cancellationToken);
        return connection;
    }
}
