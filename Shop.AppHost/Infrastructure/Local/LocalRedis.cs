using System.Runtime.Versioning;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace Shop.AppHost.Infrastructure.Local;

/// <summary>A Redis server as a local process.</summary>
internal sealed class LocalRedisResource(string name, string program, string directory, ParameterResource password)
    : ExecutableResource(name, program, directory), IResourceWithConnectionString
{
    public EndpointReference Endpoint => field ??= new(this, "tcp");

    public ParameterResource Password => password;

    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"{Endpoint.Property(EndpointProperty.HostAndPort)},password={password}");
}

[UnsupportedOSPlatform("windows")]
internal static class LocalRedisExtensions
{
    public static IResourceBuilder<LocalRedisResource> AddLocalRedis(this IDistributedApplicationBuilder builder, string name, DataDirectory data)
    {
        var directory = data.Of(name);
        var settings = Path.Combine(directory, "redis.conf");
        var password = builder.AddParameter($"{name}-password", data.PasswordOf(name), secret: true);
        var redis = new LocalRedisResource(name, ServerProgram.Find("redis-server", "redis-server"), directory, password.Resource);

        builder.Services.AddHealthChecks().AddAsyncCheck($"{name}_ping", cancellationToken => PingAsync(redis, cancellationToken));

        return builder.AddResource(redis)
            .WithEndpoint(name: "tcp", isProxied: false) // a proxy would cost more than most commands
            .WithArgs(settings, "--port", redis.Endpoint.Property(EndpointProperty.TargetPort))
            .WithHealthCheck($"{name}_ping")
            .WithIconName("DatabaseLightning")
            .OnBeforeResourceStarted(async (_, _, cancellationToken) =>
            {
                // A file rather than arguments: these are visible to every user of the machine. Written to disk before it is answered:
                // once a second, the default, a Redis that is killed forgets what it has answered since.
                DataDirectory.WriteSecret(settings, $"""
                    bind 127.0.0.1
                    dir {directory}
                    appendonly yes
                    appendfsync always
                    save ""
                    requirepass {await password.Resource.GetValueAsync(cancellationToken)}

                    """);
            });
    }

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
