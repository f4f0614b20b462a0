namespace Shop.AppHost.Infrastructure;

internal static class Containers
{
    /// <summary>Redis, Postgres and RabbitMQ as containers. Data outlives the run in volumes, unless <c>--data</c> asks for a run of its own.</summary>
    public static Servers AddContainers(this IDistributedApplicationBuilder builder)
    {
        // What was answered is on disk. Aspire's own persistence is a snapshot a minute.
        var redis = builder.AddRedis("redis").WithArgs("--appendonly", "yes", "--appendfsync", "always");
        var postgres = builder.AddPostgres("postgres").WithArgs(ServersExtensions.PostgresArguments);
        var rabbitmq = builder.AddRabbitMQ("rabbitmq").WithManagementPlugin();

        if (builder.Configuration["data"] is null)
        {
            redis.WithDataVolume();
            postgres.WithDataVolume();
            rabbitmq.WithDataVolume();
        }

        return new(redis, postgres.AddDatabase("catalogdb"), postgres.AddDatabase("ordersdb"), rabbitmq);
    }
}
