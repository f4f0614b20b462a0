using System.Runtime.Versioning;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

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
        var password = builder.AddParameter($"{name}-password", data.GetOrCreateSecret($"{name}-password"), secret: true);
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
            .OnBeforeResourceStarted(async (_, _, cancellationToken) =>
                await cluster.CreateIfMissingAsync((await password.Resource.GetValueAsync(cancellationToken))!, cancellationToken));
    }

    private static async Task<HealthCheckResult> ConnectAsync(IResourceWithConnectionString resource, CancellationToken cancellationToken)
    {
        await using var connection = await OwnedDatabaseBuilderExtensions.OpenAsync(resource, cancellationToken);
        return HealthCheckResult.Healthy();
    }
}
