using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Shop.AppHost.Infrastructure;

/// <summary>Runs the backing services as containers.</summary>
/// <remarks>
/// Data is kept in volumes. With <c>--data</c> the volumes are named after that directory, so that a run can have its own data.
/// </remarks>
internal sealed partial class ContainerBackingServices(IDistributedApplicationBuilder builder, string? dataPath) : BackingServices
{
    private static readonly GenerateParameterDefault _generatedSecret = new() { MinLength = 48, Special = false };

    public override IResourceBuilder<ParameterResource> AddSecret(string name) =>
        builder.AddParameter(name, _generatedSecret, secret: true, persist: true);

    // What this machine has generated is not published.
    public override bool HasSecret(string name) =>
        builder.ExecutionContext.IsRunMode && builder.Configuration[$"Parameters:{name}"] is not null;

    public override string CreateSecret(string name)
    {
        var key = $"Parameters:{name}";
        builder.UserSecretsManager.GetOrSetSecret(builder.Configuration, key, _generatedSecret.GetDefaultValue);
        return builder.Configuration[key]!;
    }

    // The services are processes of this machine, also when their servers are containers.
    public override string? GetJourneyEventPath() =>
        dataPath is null || builder.ExecutionContext.IsPublishMode ? null : Path.Combine(dataPath, "journey-events");

    public override IResourceBuilder<IResourceWithConnectionString> AddRedis(string name) => builder.AddRedis(name)
        .WithArgs(AddRedisPersistence)
        .WithoutHttpsCertificate() // No TLS, as with the local server, and for the same reason as AddService.
        .WithDataVolume(GetVolumeName(name));

    public override IResourceBuilder<IResourceWithConnectionString> AddPostgres(string name) =>
        builder.AddPostgres(name).WithArgs(PostgresArguments).WithDataVolume(GetVolumeName(name));

    public override IResourceBuilder<IResourceWithConnectionString> AddRabbitMQ(string name) => builder.AddRabbitMQ(name)
        .WithManagementPlugin()
        .WithUrlForEndpoint("management", url => url.DisplayText = "Management UI")
        .WithDataVolume(GetVolumeName(name));

    // Nothing creates roles and users in containers that are published, so that services use the administrators of the servers
    // (SECURITY.md).
    public override IResourceBuilder<IResourceWithConnectionString> AddDatabase(
        IResourceBuilder<IResourceWithConnectionString> postgres, string name) =>
        builder.ExecutionContext.IsPublishMode
            ? ((IResourceBuilder<PostgresServerResource>)postgres).AddDatabase(name)
            : base.AddDatabase(postgres, name);

    public override IResourceBuilder<IResourceWithConnectionString> AddRabbitMQUser(
        IResourceBuilder<IResourceWithConnectionString> rabbitmq, string name) =>
        builder.ExecutionContext.IsPublishMode ? rabbitmq : base.AddRabbitMQUser(rabbitmq, name);

    // Every write is on the volume before Redis responds. Aspire's WithPersistence takes a snapshot at an interval, so a crash loses what
    // came after the last one.
    private static void AddRedisPersistence(CommandLineArgsCallbackContext context)
    {
        string[] options = ["--dir", "/data", "--appendonly", "yes", "--appendfsync", "always"];
        if (context.ExecutionContext.IsRunMode)
        {
            options.ToList().ForEach(context.Args.Add);
            return;
        }

        // A published Redis is started by sh -c "redis-server ...". Arguments behind that command line are arguments of the shell, which
        // ignores them (https://github.com/microsoft/aspire/blob/main/src/Aspire.Hosting.Redis/RedisBuilderExtensions.cs).
        if (context.Args is not ["-c", string command])
        {
            throw new DistributedApplicationException(
                "Aspire starts a published Redis in a way that AddRedisPersistence does not know: it would not persist writes.");
        }

        context.Args[1] = $"{command} {string.Join(' ', options)}";
    }

    // Without --data, Aspire chooses the name.
    private string? GetVolumeName(string server) => dataPath is null ? null : GetVolumeName(dataPath, server);

    // /tmp/shop-1 becomes tmp-shop-1-5f2b94d1-redis. The hash distinguishes paths that differ in other characters only.
    internal static string GetVolumeName(string data, string server)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(data)))[..8];
        return $"{NotAllowedInVolumeNames().Replace(data, "-").Trim('-')}-{hash}-{server}".TrimStart('-');
    }

    [GeneratedRegex("[^A-Za-z0-9]+")]
    private static partial Regex NotAllowedInVolumeNames();
}
