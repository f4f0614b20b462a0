using System.Runtime.Versioning;
using Microsoft.Extensions.DependencyInjection;

namespace Shop.AppHost.Infrastructure.Local;

/// <summary>Runs the backing services as local processes of the programs that are installed, on loopback and free ports.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class LocalBackingServices : BackingServices
{
    private readonly IDistributedApplicationBuilder _builder;
    private readonly DataDirectory _data;

    /// <summary>Opens and locks the data directory that the argument <c>--data</c> names.</summary>
    /// <exception cref="DistributedApplicationException">The data directory cannot be used.</exception>
    public LocalBackingServices(IDistributedApplicationBuilder builder)
    {
        _builder = builder;
        _data = DataDirectory.Open(CommandLineOptions.GetDataPath(builder.Configuration));
        builder.Services.AddSingleton(_data); // Keeps the lock for the lifetime of the application.
    }

    public override IResourceBuilder<ParameterResource> AddSecret(string name) =>
        _builder.AddParameter(name, _data.GetOrCreateSecret($"{name}.secret", _builder.Configuration[$"Parameters:{name}"]), secret: true);

    public override IResourceBuilder<IResourceWithConnectionString> AddRedis(string name) => _builder.AddLocalRedis(name, _data);

    public override IResourceBuilder<IResourceWithConnectionString> AddPostgres(string name) => _builder.AddLocalPostgres(name, _data);

    public override IResourceBuilder<IResourceWithConnectionString> AddRabbitMQ(string name) => _builder.AddLocalRabbitMQ(name, _data);
}
