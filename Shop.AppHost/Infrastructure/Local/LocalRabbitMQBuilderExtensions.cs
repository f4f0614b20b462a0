using System.Runtime.Versioning;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Shop.AppHost.Infrastructure.Local;

[UnsupportedOSPlatform("windows")]
internal static class LocalRabbitMQBuilderExtensions
{
    // RabbitMQ starts epmd as a daemon if there is none, and leaves it running when the broker stops
    // (https://github.com/rabbitmq/rabbitmq-server-release/issues/111). Started here first, epmd ends with the broker.
    // 'wait' also returns when a signal arrives, hence the loop.
    private const string StartScript = """
        epmd & epmd=$!
        "$1" & server=$!
        trap 'kill -TERM $server' TERM INT
        while :; do wait $server; code=$?; kill -0 $server 2>/dev/null || break; done
        kill $epmd
        exit $code
        """;

    // Time-to-live and at-least-once dead-lettering of quorum queues, which Shop.Messaging uses.
    private static readonly Version _minimumVersion = new(3, 10);

    /// <summary>Adds a RabbitMQ broker with its management UI as a local process.</summary>
    /// <exception cref="DistributedApplicationException">RabbitMQ is not installed.</exception>
    public static IResourceBuilder<LocalRabbitMQResource> AddLocalRabbitMQ(
        this IDistributedApplicationBuilder builder, string name, DataDirectory data)
    {
        var directory = data.GetServerDirectory(name);
        var configFile = Path.Combine(directory, "rabbitmq.conf");
        var pluginsFile = Path.Combine(directory, "enabled_plugins");
        var password = builder.AddParameter($"{name}-password", data.GetOrCreateSecret($"{name}-password"), secret: true);
        var rabbitmq = new LocalRabbitMQResource(name, directory, password.Resource);

        // Debian puts a script of the same name on the PATH, which runs the broker as the user rabbitmq only.
        var program = LocalExecutable.Find("rabbitmq-server", "rabbitmq-server", "/usr/lib/rabbitmq/bin");
        ServerVersion.ThrowIfOlder("RabbitMQ", program, ServerVersion.OfRabbitMQ(program), _minimumVersion);

        var healthCheck = $"{name}_check";
        builder.Services.AddHealthChecks().AddAsyncCheck(healthCheck, async cancellationToken =>
        {
            await RabbitMQUserBuilderExtensions.ConnectAsync(rabbitmq, cancellationToken);
            return HealthCheckResult.Healthy();
        });

        return builder.AddResource(rabbitmq)
            .WithEndpoint(name: "tcp", isProxied: false)
            .WithEndpoint(name: "management", scheme: "http", isProxied: false)
            .WithEndpoint(name: "distribution", isProxied: false)
            .WithEndpoint(name: "epmd", isProxied: false)
            .WithUrlForEndpoint("management", url => url.DisplayText = "Management UI (user guest)")
            .WithUrlForEndpoint("distribution", url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly)
            .WithUrlForEndpoint("epmd", url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly)
            .WithArgs(ServerScript.GetArguments(StartScript, directory))
            .WithArgs(program)
            .WithEnvironment("HOME", directory) // The location of the Erlang cookie.
            .WithEnvironment("RABBITMQ_NODENAME", "rabbit@localhost")
            .WithEnvironment("RABBITMQ_MNESIA_BASE", Path.Combine(directory, "mnesia"))
            .WithEnvironment("RABBITMQ_LOG_BASE", Path.Combine(directory, "log"))
            .WithEnvironment("RABBITMQ_CONFIG_FILE", configFile)
            .WithEnvironment("RABBITMQ_ENABLED_PLUGINS_FILE", pluginsFile)
            .WithEnvironment("RABBITMQ_DIST_PORT", rabbitmq.DistributionEndpoint.Property(EndpointProperty.TargetPort))
            .WithEnvironment("ERL_EPMD_PORT", rabbitmq.PortMapperEndpoint.Property(EndpointProperty.TargetPort))
            .WithEnvironment("ERL_EPMD_ADDRESS", "127.0.0.1")
            // Without https://github.com/rabbitmq/rabbitmq-server/pull/11070, which was backported to 3.13, the management plugin takes 5 s
            // to stop, after the message stores have closed. The limit of 3 s ends that within the 6 s after which DCP kills the broker.
            .WithEnvironment("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1} -shutdown_time 3000")
            .WithHealthCheck(healthCheck)
            .WithIconName("Send")
            .OnBeforeResourceStarted(async (resource, _, cancellationToken) =>
            {
                await File.WriteAllTextAsync(pluginsFile, "[rabbitmq_management].\n", cancellationToken);
                DataDirectory.WriteSecret(configFile, $"""
                    listeners.tcp.1 = 127.0.0.1:{resource.PrimaryEndpoint.Port}
                    management.tcp.ip = 127.0.0.1
                    management.tcp.port = {resource.ManagementEndpoint.Port}
                    default_user = guest
                    default_pass = {await password.Resource.GetValueAsync(cancellationToken)}
                    log.file = false
                    log.console = true

                    """);
            });
    }
}
