namespace Shop.AppHost.Infrastructure;

/// <summary>Runs the backing services as containers.</summary>
/// <remarks>Data is kept in volumes, unless <c>--data</c> asks for a run of its own: then it is lost with the containers.</remarks>
internal sealed class ContainerBackingServices(IDistributedApplicationBuilder builder) : BackingServices
{
    private readonly bool _keepData = builder.Configuration["data"] is null;

    public override IResourceBuilder<IResourceWithConnectionString> AddRedis(string name)
    {
        // Aspire's WithPersistence takes a snapshot at an interval, so a crash loses what came after the last one.
        var redis = builder.AddRedis(name)
            .WithArgs("--appendonly", "yes", "--appendfsync", "always")
            .WithoutHttpsCertificate(); // As the local server, and for the reason that AppHost.cs gives.
        return _keepData ? redis.WithDataVolume() : redis;
    }

    public override IResourceBuilder<IResourceWithConnectionString> AddPostgres(string name)
    {
        var postgres = builder.AddPostgres(name).WithArgs(PostgresArguments);
        return _keepData ? postgres.WithDataVolume() : postgres;
    }

    public override IResourceBuilder<IResourceWithConnectionString> AddRabbitMQ(string name)
    {
        var rabbitmq = builder.AddRabbitMQ(name)
            .WithManagementPlugin()
            .WithUrlForEndpoint("management", url => url.DisplayText = "Management UI");
        return _keepData ? rabbitmq.WithDataVolume() : rabbitmq;
    }
}
