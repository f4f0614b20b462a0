using System.Runtime.Versioning;
using Microsoft.Extensions.DependencyInjection;

namespace Shop.AppHost.Infrastructure.Local;

/// <summary>Runs the backing services as local processes of the programs that are installed, on loopback and free ports.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class LocalBackingServices : BackingServices
{
    private readonly IDistributedApplicationBuilder _builder;
    private readonly DataDirectory _data;

    /// <summary>Opens and locks the data directory.</summary>
    /// <param name="builder">The builder of the application.</param>
    /// <param name="dataPath">The full path of the directory; <see langword="null"/> for that of the current user.</param>
    /// <exception cref="DistributedApplicationException">The data directory cannot be used.</exception>
    public LocalBackingServices(IDistributedApplicationBuilder builder, string? dataPath)
    {
        _builder = builder;
        _data = DataDirectory.Open(dataPath);
        builder.Services.AddSingleton(_data); // Keeps the lock for the lifetime of the application.
        builder.Eventing.Subscribe<BeforeStartEvent>((_, _) =>
        {
            if (_data.DescribeUnusedUserSecrets() is { } line)
            {
                Console.WriteLine(line);
            }

            return Task.CompletedTask;
        });
    }

    public override IResourceBuilder<ParameterResource> AddSecret(string name) =>
        _builder.AddParameter(name, _data.GetOrCreateSecret(name, _builder.Configuration), secret: true);

    public override bool HasSecret(string name) => _data.HasSecret(name, _builder.Configuration);

    public override string CreateSecret(string name) => _data.GetOrCreateSecret(name, _builder.Configuration);

    public override string? GetJourneyEventPath() => _data.GetServerDirectory("journey-events");

    public override IResourceBuilder<IResourceWithConnectionString> AddRedis(string name) => _builder.AddLocalRedis(name, _data);

    public override IResourceBuilder<IResourceWithConnectionString> AddPostgres(string name) => _builder.AddLocalPostgres(name, _data);

    public override IResourceBuilder<IResourceWithConnectionString> AddRabbitMQ(string name) => _builder.AddLocalRabbitMQ(name, _data);
}
