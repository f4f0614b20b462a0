using System.Runtime.Versioning;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace Shop.AppHost.Infrastructure.Local;

[UnsupportedOSPlatform("windows")]
internal static class LocalRedisBuilderExtensions
{
    private const string StartScript = """
        exec "$@"
        """;

    // SET with both NX and GET, which Cart uses.
    private static readonly Version _minimumVersion = new(7, 0);

    /// <summary>Adds a Redis server as a local process.</summary>
    /// <exception cref="DistributedApplicationException">Redis is not installed, or is too old.</exception>
    public static IResourceBuilder<LocalRedisResource> AddLocalRedis(
        this IDistributedApplicationBuilder builder, string name, DataDirectory data)
    {
        var directory = data.GetServerDirectory(name);
        var configFile = Path.Combine(directory, "redis.conf");
        var password = builder.AddParameter($"{name}-password", data.GetOrCreateSecret($"{name}-password"), secret: true);
        var redis = new LocalRedisResource(name, directory, password.Resource);

        var program = LocalExecutable.Find("redis-server", "redis-server");
        ServerVersion.ThrowIfOlder("Redis", program, ServerVersion.Ask(program), _minimumVersion);

        var healthCheck = $"{name}_check";
        builder.Services.AddHealthChecks().AddAsyncCheck(healthCheck, cancellationToken => PingAsync(redis, cancellationToken));

        return builder.AddResource(redis)
            .WithEndpoint(name: "tcp", isProxied: false) // DCP's proxy takes longer than most commands.
            .WithArgs(ServerScript.GetArguments(StartScript, directory))
            .WithArgs(program, configFile, "--port", redis.PrimaryEndpoint.Property(EndpointProperty.TargetPort))
            .WithHealthCheck(healthCheck)
            .WithIconName("DatabaseLightning")
            .OnBeforeResourceStarted(async (_, _, cancellationToken) =>
            {
                // In a file, because every user of the machine can read the arguments of a process. 'appendfsync always' writes a command
                // to disk before it is answered; with the default, everysec, a crash loses up to a second of answered commands
                // (https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/).
                DataDirectory.WriteSecret(configFile, $"""
                    bind 127.0.0.1
                    dir {Quote(directory)}
                    appendonly yes
                    appendfsync always
                    save ""
                    requirepass {await password.Resource.GetValueAsync(cancellationToken)}

                    """);
            });
    }

    /// <summary>Quotes a value for redis.conf.</summary>
    internal static string Quote(string value) =>
        $"\"{value.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static async Task<HealthCheckResult> PingAsync(IResourceWithConnectionString redis, CancellationToken cancellationToken)
    {
        var options = ConfigurationOptions.Parse((await redis.GetConnectionStringAsync(cancellationToken))!);
        options.ConnectTimeout = 2000;
        options.ConnectRetry = 1;

        await using var connection = await ConnectionMultiplexer.ConnectAsync(options);
        await connection.GetDatabase().PingAsync();
        return HealthCheckResult.Healthy();
    }
}
