using Shop.AppHost.Infrastructure.Local;

namespace Shop.AppHost.Infrastructure;

/// <summary>The servers that the shop's services keep their state in and talk through.</summary>
/// <param name="Redis">Carts.</param>
/// <param name="CatalogDb">Products and stock, in Postgres.</param>
/// <param name="OrdersDb">Orders and payments, in Postgres.</param>
/// <param name="RabbitMQ">Messages between services.</param>
internal sealed record Servers(
    IResourceBuilder<IResourceWithConnectionString> Redis,
    IResourceBuilder<IResourceWithConnectionString> CatalogDb,
    IResourceBuilder<IResourceWithConnectionString> OrdersDb,
    IResourceBuilder<IResourceWithConnectionString> RabbitMQ);

internal static class ServersExtensions
{
    /// <summary>Arguments of Postgres: enough connections for four replicas of each service, which take up to 30 each.</summary>
    public static string[] PostgresArguments { get; } = ["-c", "max_connections=300"];

    /// <summary>Adds the servers as containers, or as local processes where no container engine answers.</summary>
    /// <remarks><c>--infrastructure containers|local</c> decides instead; publishing always means containers.</remarks>
    /// <exception cref="DistributedApplicationException">The choice is unknown, or what it needs is not on this machine.</exception>
    public static Servers AddServers(this IDistributedApplicationBuilder builder)
    {
        if (builder.ExecutionContext.IsPublishMode)
        {
            return builder.AddContainers();
        }

        return (builder.Configuration["infrastructure"] ?? (ContainerEngine.Answers() ? "containers" : "local")) switch
        {
            "containers" => builder.AddContainers(),
            "local" => builder.AddLocalServers(),
            var other => throw new DistributedApplicationException($"--infrastructure is '{other}'; it can be 'containers' or 'local'."),
        };
    }
}
