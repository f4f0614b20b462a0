using System.Runtime.Versioning;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using RabbitMQ.Client;

namespace Shop.AppHost.Infrastructure.Local;

/// <summary>A RabbitMQ broker with its management console as a local process.</summary>
internal sealed class LocalRabbitMQResource(string name, string directory, ParameterResource password)
    : ExecutableResource(name, Path.Combine(directory, "start"), directory), IResourceWithConnectionString
{
    public EndpointReference Endpoint => field ??= new(this, "tcp");

    public EndpointReference Management => field ??= new(this, "management");

    public ParameterResource Password => password;

    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"amqp://guest:{password:uri}@{Endpoint.Property(EndpointProperty.HostAndPort)}");
}

[UnsupportedOSPlatform("windows")]
internal static class LocalRabbitMQExtensions
{
    // RabbitMQ would start Erlang's port mapper as a daemon that outlives it; as a child of this shell it ends with the broker.
    private const string StartScript = """
        #!/bin/sh
        epmd & epmd=$!
        "$1" & server=$!
        trap 'kill -TERM $server' TERM INT
        while :; do wait $server; code=$?; kill -0 $server 2>/dev/null || break; done
        kill $epmd
        exit $code

        """;

    public static IResourceBuilder<LocalRabbitMQResource> AddLocalRabbitMQ(this IDistributedApplicationBuilder builder, string name, DataDirectory data)
    {
        var directory = data.Of(name);
        var settings = Path.Combine(directory, "rabbitmq.conf");
        var plugins = Path.Combine(directory, "enabled_plugins");
        var password = builder.AddParameter($"{name}-password", data.PasswordOf(name), secret: true);
        var rabbitmq = new LocalRabbitMQResource(name, directory, password.Resource);

        // Not the script of the same name on Debian's PATH, which insists on the system's own rabbitmq user.
        var program = ServerProgram.Find("rabbitmq-server", "rabbitmq-server", "/usr/lib/rabbitmq/bin");

        builder.Services.AddHealthChecks().AddAsyncCheck($"{name}_connection", cancellationToken => ConnectAsync(rabbitmq, cancellationToken));

        return builder.AddResource(rabbitmq)
            .WithEndpoint(name: "tcp", isProxied: false)
            .WithEndpoint(name: "management", scheme: "http", isProxied: false)
            .WithEndpoint(name: "distribution", isProxied: false)
            .WithEndpoint(name: "epmd", isProxied: false)
            .WithUrlForEndpoint("management", url => url.DisplayText = "Console (user guest)")
            .WithUrlForEndpoint("distribution", url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly)
            .WithUrlForEndpoint("epmd", url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly)
            .WithArgs(program)
            .WithEnvironment("HOME", directory) // the Erlang cookie
            .WithEnvironment("RABBITMQ_NODENAME", "rabbit@localhost")
            .WithEnvironment("RABBITMQ_MNESIA_BASE", Path.Combine(directory, "mnesia"))
            .WithEnvironment("RABBITMQ_LOG_BASE", Path.Combine(directory, "log"))
            .WithEnvironment("RABBITMQ_CONFIG_FILE", settings)
            .WithEnvironment("RABBITMQ_ENABLED_PLUGINS_FILE", plugins)
            .WithEnvironment("RABBITMQ_DIST_PORT", rabbitmq.GetEndpoint("distribution").Property(EndpointProperty.TargetPort))
            .WithEnvironment("ERL_EPMD_PORT", rabbitmq.GetEndpoint("epmd").Property(EndpointProperty.TargetPort))
            .WithEnvironment("ERL_EPMD_ADDRESS", "127.0.0.1")
            // The console's plugin waits 5 s for its own end after the message stores have closed; DCP kills after 6 s.
            .WithEnvironment("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1} -shutdown_time 3000")
            .WithHealthCheck($"{name}_connection")
            .WithIconName("Send")
            .OnBeforeResourceStarted(async (resource, _, cancellationToken) =>
            {
                DataDirectory.WriteScript(resource.Command, StartScript);
                await File.WriteAllTextAsync(plugins, "[rabbitmq_management].\n", cancellationToken);
                DataDirectory.WriteSecret(settings, $"""
                    listeners.tcp.1 = 127.0.0.1:{resource.Endpoint.Port}
                    management.tcp.ip = 127.0.0.1
                    management.tcp.port = {resource.Management.Port}
                    default_user = guest
                    default_pass = {await password.Resource.GetValueAsync(cancellationToken)}
                    log.file = false
                    log.console = true

                    """);
            });
    }

    private static async Task<HealthCheckResult> ConnectAsync(IResourceWithConnectionString rabbitmq, CancellationToken cancellationToken)
    {
        var factory = new ConnectionFactory
        {
            Uri = new((await rabbitmq.GetConnectionStringAsync(cancellationToken))!),
            RequestedConnectionTimeout = TimeSpan.FromSeconds(2),
            AutomaticRecoveryEnabled = false,
            ClientProvidedName = "apphost health check",
        };

        await using var connection = await factory.CreateConnectionAsync(cancellationToken);
        return HealthCheckResult.Healthy();
    }
}
