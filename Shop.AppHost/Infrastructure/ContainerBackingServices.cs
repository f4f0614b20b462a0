using System.Text.RegularExpressions;

namespace Shop.AppHost.Infrastructure;

/// <summary>Runs the backing services as containers.</summary>
/// <remarks>
/// Data is kept in volumes. With <c>--data</c> the volumes are named after that directory, so that a run can have its own data.
/// </remarks>
internal sealed partial class ContainerBackingServices(IDistributedApplicationBuilder builder) : BackingServices
{
    public override IResourceBuilder<IResourceWithConnectionString> AddRedis(string name) => builder.AddRedis(name)
        // Every write is on the volume before Redis responds. Aspire's WithPersistence takes a snapshot at an interval, so a crash loses
        // what came after the last one.
        .WithArgs("--dir", "/data", "--appendonly", "yes", "--appendfsync", "always")
        .WithoutHttpsCertificate() // As the local server, and for the reason that AppHost.cs gives.
        .WithDataVolume(GetVolumeName(name));

    public override IResourceBuilder<IResourceWithConnectionString> AddPostgres(string name) =>
        builder.AddPostgres(name).WithArgs(PostgresArguments).WithDataVolume(GetVolumeName(name));

    public override IResourceBuilder<IResourceWithConnectionString> AddRabbitMQ(string name) => builder.AddRabbitMQ(name)
        .WithManagementPlugin()
        .WithUrlForEndpoint("management", url => url.DisplayText = "Management UI")
        .WithDataVolume(GetVolumeName(name));

    // --data /tmp/shop-1 becomes tmp-shop-1-redis. Without --data, Aspire chooses the name.
    private string? GetVolumeName(string server) => builder.Configuration["data"] is { } data
        ? $"{NotAllowedInVolumeNames().Replace(Path.GetFullPath(data), "-").Trim('-')}-{server}"
        : null;

    [GeneratedRegex("[^A-Za-z0-9]+")]
    private static partial Regex NotAllowedInVolumeNames();
}
