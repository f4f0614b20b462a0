namespace Shop.AppHost.Infrastructure;

/// <summary>Adds a second version of a service, to which the storefront sends a share of the sessions.</summary>
internal static class CanaryExtensions
{
    private const string Usage = "it must be SERVICE=PATH, with the path of another clone, or SERVICE=NAME=VALUE,..., with settings.";

    /// <summary>
    /// With <c>--canary cart=PATH</c>, adds the resource <c>cart-canary</c>, which runs the project of another clone, and with
    /// <c>--canary cart=NAME=VALUE,...</c> one that runs the same project with other settings. A path has no equals sign. Call it when the
    /// services are complete. Nothing is published: a deployment runs the second version itself.
    /// </summary>
    /// <param name="builder">The builder of the application.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="storefront">The service that splits the sessions. It accepts tokens of staff, who may read its decisions.</param>
    /// <param name="signIn">The provider of the tokens.</param>
    /// <param name="services">The services that can have a second version.</param>
    /// <exception cref="DistributedApplicationException">The value is none of the two.</exception>
    public static void AddCanary(
        this IDistributedApplicationBuilder builder,
        string[] arguments,
        IResourceBuilder<ProjectResource> storefront,
        SignInProvider signIn,
        params ReadOnlySpan<IResourceBuilder<ProjectResource>> services)
    {
        if (CommandLineOptions.Parse(arguments).Canary is not { } value || builder.ExecutionContext.IsPublishMode)
        {
            return;
        }

        var (service, version) = Parse(value, services);
        var settings = version.Contains('=', StringComparison.Ordinal) ? ParseSettings(value, version) : [];
        var canary = AddVersion(service, settings.Count > 0 ? null : FindProject(service.Resource, value, version));
        foreach (var (name, setting) in settings)
        {
            canary.WithEnvironment(name, setting);
        }

        storefront.WithReference(canary).WithEnvironment("Canary__Service", service.Resource.Name);
        signIn.AcceptTokens(storefront);
    }

    private static IResourceBuilder<ProjectResource> AddVersion(IResourceBuilder<ProjectResource> service, string? project)
    {
        var added = service.Resource.Annotations.OfType<AddedServiceAnnotation>().Single();
        var canary = added.Add($"{service.Resource.Name}-canary", project).WithParentRelationship(service);
        foreach (var endpoint in canary.Resource.Annotations.OfType<EndpointAnnotation>())
        {
            endpoint.Port = null; // those of the settings are the service's
        }

        foreach (var annotation in service.Resource.Annotations.SkipWhile(annotation => !ReferenceEquals(annotation, added)))
        {
            switch (annotation)
            {
                case EnvironmentCallbackAnnotation environment:
                    // Not the annotation itself, which is evaluated once, for one resource.
                    canary.WithEnvironment(context => environment.Callback(context));
                    break;
                case WaitAnnotation or ResourceRelationshipAnnotation:
                    canary.WithAnnotation(annotation);
                    break;
            }
        }

        // For telemetry, it is the same service in another version. Messages have no share, so the baseline handles all of them.
        return canary.WithEnvironment("Shop__Messaging__HandlesMessages", "false").WithEnvironment(context =>
        {
            context.EnvironmentVariables["OTEL_SERVICE_NAME"] = service.Resource.Name;
            context.EnvironmentVariables.TryGetValue("OTEL_RESOURCE_ATTRIBUTES", out var attributes);
            context.EnvironmentVariables["OTEL_RESOURCE_ATTRIBUTES"] =
                attributes is string { Length: > 0 } text ? $"{text},service.version=canary" : "service.version=canary";
        });
    }

    private static (IResourceBuilder<ProjectResource> Service, string Version) Parse(
        string value, ReadOnlySpan<IResourceBuilder<ProjectResource>> services)
    {
        if (value.Split('=', 2) is [var name, { Length: > 0 } version])
        {
            foreach (var service in services)
            {
                if (service.Resource.Name == name)
                {
                    return (service, version);
                }
            }
        }

        var names = string.Join(", ", services.ToArray().Select(service => service.Resource.Name));
        throw new DistributedApplicationException($"--canary is '{value}'; {Usage} The services are {names}.");
    }

    private static List<(string Name, string Value)> ParseSettings(string value, string settings) =>
    [
        .. settings.Split(',').Select(setting => setting.Split('=', 2) is [{ Length: > 0 } name, var text]
            ? (name, text)
            : throw new DistributedApplicationException($"--canary is '{value}'; {Usage}")),
    ];

    // The path of a clone, of the directory of the project in it, or of the project.
    private static string FindProject(ProjectResource service, string value, string version)
    {
        var path = CommandLineOptions.GetFullPath(version);
        var own = service.GetProjectMetadata().ProjectPath;
        var (directory, file) = (Path.GetFileName(Path.GetDirectoryName(own)!), Path.GetFileName(own));
        string[] candidates = [path, Path.Combine(path, file), Path.Combine(path, directory, file)];
        return Array.Find(candidates, candidate => Path.GetFileName(candidate) == file && File.Exists(candidate))
            ?? throw new DistributedApplicationException($"--canary is '{value}', but {file} is not in {path}.");
    }
}

/// <summary>How a service was added. The annotations behind this one were added by the AppHost.</summary>
/// <param name="Add">Adds the service once more, under a name, and from the project of a path unless that is null.</param>
internal sealed record AddedServiceAnnotation(Func<string, string?, IResourceBuilder<ProjectResource>> Add) : IResourceAnnotation;
