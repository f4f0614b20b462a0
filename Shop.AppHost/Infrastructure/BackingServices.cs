using Shop.AppHost.Infrastructure.Local;

namespace Shop.AppHost.Infrastructure;

/// <summary>Adds the servers that the services depend on. The implementation decides how they run.</summary>
internal abstract class BackingServices
{
    /// <summary>
    /// Arguments of the PostgreSQL server: enough connections for four replicas of each service, each of which opens up to 30.
    /// </summary>
    protected internal static string[] PostgresArguments { get; } = ["-c", "max_connections=300"];

    /// <summary>
    /// Adds a secret that is generated on the first run and kept with the data, unless the configuration has it as
    /// <c>Parameters:{name}</c>.
    /// </summary>
    public abstract IResourceBuilder<ParameterResource> AddSecret(string name);

    /// <summary>Returns whether an earlier run has generated a secret, or the configuration has it.</summary>
    public abstract bool HasSecret(string name);

    /// <summary>Generates a secret while the application runs. The next run gets it from <see cref="AddSecret"/>.</summary>
    public abstract string CreateSecret(string name);

    /// <summary>
    /// Returns the directory for the journey events that the services keep while the broker is away; <see langword="null"/> if each
    /// service uses its default.
    /// </summary>
    public abstract string? GetJourneyEventPath();

    /// <summary>Adds a Redis server that writes each command to disk before it answers.</summary>
    public abstract IResourceBuilder<IResourceWithConnectionString> AddRedis(string name);

    /// <summary>Adds a PostgreSQL server.</summary>
    public abstract IResourceBuilder<IResourceWithConnectionString> AddPostgres(string name);

    /// <summary>Adds a RabbitMQ broker with its management UI.</summary>
    public abstract IResourceBuilder<IResourceWithConnectionString> AddRabbitMQ(string name);

    /// <summary>
    /// Adds a database, named as the resource, to a server that <see cref="AddPostgres"/> returned. Its connection string is that of its
    /// owner, who is not a superuser.
    /// </summary>
    public virtual IResourceBuilder<IResourceWithConnectionString> AddDatabase(
        IResourceBuilder<IResourceWithConnectionString> postgres, string name) =>
        postgres.ApplicationBuilder.AddOwnedDatabase(postgres.Resource, name, AddSecret($"{name}-password").Resource);

    /// <summary>
    /// Adds a user, named as the resource, to a broker that <see cref="AddRabbitMQ"/> returned. The user is not an administrator.
    /// </summary>
    public virtual IResourceBuilder<IResourceWithConnectionString> AddRabbitMQUser(
        IResourceBuilder<IResourceWithConnectionString> rabbitmq, string name) =>
        rabbitmq.ApplicationBuilder.AddRabbitMQUser(rabbitmq.Resource, name, AddSecret($"{name}-password").Resource);
}

internal static class BackingServicesExtensions
{
    /// <summary>Runs the backing services as containers, or as local processes where no container runtime is available.</summary>
    /// <param name="builder">The builder of the application.</param>
    /// <param name="arguments">
    /// The command line. <c>--infrastructure containers|local</c> overrides the choice. Publishing always uses containers.
    /// </param>
    /// <exception cref="DistributedApplicationException">An option is invalid, or local processes are not supported here.</exception>
    public static BackingServices AddBackingServices(this IDistributedApplicationBuilder builder, string[] arguments)
    {
        var options = CommandLineOptions.Parse(arguments);
        if (builder.ExecutionContext.IsPublishMode)
        {
            return new ContainerBackingServices(builder, options.DataPath);
        }

        return (options.Infrastructure ?? (ContainerRuntime.IsRunning() ? "containers" : "local")) switch
        {
            "containers" => new ContainerBackingServices(builder, options.DataPath),
            "local" when OperatingSystem.IsWindows() =>
                throw new DistributedApplicationException("Local servers run on Linux and macOS only. On Windows, start Docker or Podman."),
            "local" => new LocalBackingServices(builder, options.DataPath),
            var other => throw new DistributedApplicationException($"--infrastructure is '{other}'; it can be 'containers' or 'local'."),
        };
    }
}
