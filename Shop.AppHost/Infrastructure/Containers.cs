using System.Text.RegularExpressions;

namespace Shop.AppHost.Infrastructure;

internal static class Containers
{
    /// <summary>Redis, Postgres and RabbitMQ as containers. Data outlives the run in volumes named after <c>--data</c>.</summary>
    public static Servers AddContainers(this IDistributedApplicationBuilder builder)
    {
        // Every write is on the volume before Redis responds. Aspire's own persistence is a snapshot a minute.
        var redis = builder.AddRedis("redis").WithArgs("--dir", "/data", "--appendonly", "yes", "--appendfsync", "always");
        var postgres = builder.AddPostgres("postgres").WithArgs(ServersExtensions.PostgresArguments);
        var rabbitmq = builder.AddRabbitMQ("rabbitmq").WithManagementPlugin();

        redis.WithDataVolume(VolumeName("redis"));
        postgres.WithDataVolume(VolumeName("postgres"));
        rabbitmq.WithDataVolume(VolumeName("rabbitmq"));

        return new(redis, postgres.AddDatabase("catalogdb"), postgres.AddDatabase("ordersdb"), rabbitmq);

        // --data /tmp/shop-1 becomes tmp-shop-1-redis. Aspire chooses the name where there is none.
        string? VolumeName(string server) => builder.Configuration["data"] is { } data
            ? $"{Regex.Replace(Path.GetFullPath(data), "[^A-Za-z0-9]+", "-").Trim('-')}-{server}"
            : null;
    }
}
