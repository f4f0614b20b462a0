using Microsoft.Extensions.DependencyInjection;

namespace Shop.AppHost.Infrastructure.Local;

internal static class LocalServers
{
    /// <summary>Redis, Postgres and RabbitMQ as processes of this machine's own packages, on loopback and free ports.</summary>
    public static Servers AddLocalServers(this IDistributedApplicationBuilder builder)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new DistributedApplicationException("Local servers run on Linux and macOS. On Windows start Docker or Podman.");
        }

        var data = DataDirectory.Open(builder.Configuration["data"]);
        builder.Services.AddSingleton(data); // its lock is held as long as the application lives
        var postgres = builder.AddLocalPostgres("postgres", data);

        return new(
            builder.AddLocalRedis("redis", data),
            postgres.AddDatabase("catalogdb"),
            postgres.AddDatabase("ordersdb"),
            builder.AddLocalRabbitMQ("rabbitmq", data));
    }
}
