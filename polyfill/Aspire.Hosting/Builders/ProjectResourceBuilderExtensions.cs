using System.Text;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Utils;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>Stands for <c>Aspire.Hosting.ProjectResourceBuilderExtensions</c>.</summary>
public static class ProjectResourceBuilderExtensions
{
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new() => builder.Add(name, new TProject(), _ => { });

    /// <summary>With null, no launch profile is used: then the project has no endpoints but its own, and runs as Production.</summary>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(
        this IDistributedApplicationBuilder builder, string name, string? launchProfileName)
        where TProject : IProjectMetadata, new() => builder.Add(name, new TProject(), o => o.UseProfile(launchProfileName));

    public static IResourceBuilder<ProjectResource> AddProject<TProject>(
        this IDistributedApplicationBuilder builder, string name, Action<ProjectResourceOptions> configure)
        where TProject : IProjectMetadata, new() => builder.Add(name, new TProject(), configure);

    /// <summary>Adds a project that the AppHost does not reference; it is built when it starts.</summary>
    public static IResourceBuilder<ProjectResource> AddProject(this IDistributedApplicationBuilder builder, string name, string projectPath) =>
        builder.AddProject(name, projectPath, _ => { });

    public static IResourceBuilder<ProjectResource> AddProject(
        this IDistributedApplicationBuilder builder, string name, string projectPath, string? launchProfileName) =>
        builder.AddProject(name, projectPath, o => o.UseProfile(launchProfileName));

    public static IResourceBuilder<ProjectResource> AddProject(
        this IDistributedApplicationBuilder builder, string name, string projectPath, Action<ProjectResourceOptions> configure) =>
        builder.Add(name, new ProjectMetadata(Path.GetFullPath(Path.Combine(builder.AppHostDirectory, projectPath))), configure);

    public static IResourceBuilder<ProjectResource> WithReplicas(this IResourceBuilder<ProjectResource> builder, int replicas) =>
        builder.WithAnnotation(new ReplicaAnnotation(replicas));

    private static void UseProfile(this ProjectResourceOptions options, string? name)
    {
        options.LaunchProfileName = name;
        options.ExcludeLaunchProfile = name is null;
    }

    private static IResourceBuilder<ProjectResource> Add<TProject>(
        this IDistributedApplicationBuilder builder, string name, TProject project, Action<ProjectResourceOptions> configure)
        where TProject : IProjectMetadata
    {
        var options = new ProjectResourceOptions();
        configure(options);

        var resource = builder.AddResource(new ProjectResource(name)).WithAnnotation(project);
        var profile = options.ExcludeLaunchProfile
            ? null
            : LaunchSettings.ChooseProfile(project.ProjectPath, options.LaunchProfileName, builder.Configuration["DOTNET_LAUNCH_PROFILE"]);
        if (profile is not null)
        {
            resource.WithAnnotation(new LaunchProfileAnnotation(profile.Name));
        }

        AddConsoleAndTelemetry(resource);
        if (!AddKestrelEndpoints(resource, project, options))
        {
            resource.WithEnvironment(context => SetAspNetCoreUrls(resource.Resource, context));
            AddProfileEndpoints(resource, profile);
        }

        if (profile is not null)
        {
            // What the AppHost says explicitly wins over the profile, wherever it says it: hence TryAdd.
            resource.WithEnvironment(context =>
            {
                context.EnvironmentVariables.TryAdd("DOTNET_LAUNCH_PROFILE", profile.Name);
                foreach (var (key, value) in profile.EnvironmentVariables)
                {
                    context.EnvironmentVariables.TryAdd(key, Environment.ExpandEnvironmentVariables(value));
                }
            });
        }

        return resource;
    }

    private static void AddConsoleAndTelemetry(IResourceBuilder<ProjectResource> resource)
    {
        resource.WithEnvironment("OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY", "in_memory");
        if (resource.ApplicationBuilder.Environment.IsDevelopment())
        {
            resource.WithEnvironment("OTEL_DOTNET_EXPERIMENTAL_ASPNETCORE_DISABLE_URL_QUERY_REDACTION", "true");
            resource.WithEnvironment("OTEL_DOTNET_EXPERIMENTAL_HTTPCLIENT_DISABLE_URL_QUERY_REDACTION", "true");
        }

        resource.WithOtlpExporter();

        resource.WithEnvironment("LOGGING__CONSOLE__FORMATTERNAME", "simple");
        resource.WithEnvironment("DOTNET_SYSTEM_CONSOLE_ALLOW_ANSI_COLOR_REDIRECTION", "true");
    }

    /// <summary>
    /// Endpoints named in the project's own settings (<c>Kestrel:Endpoints</c>) are its endpoints, and the launch profile's URLs are
    /// then ignored; the process gets a private port for each by <c>Kestrel__Endpoints__NAME__Url</c>.
    /// </summary>
    private static bool AddKestrelEndpoints(IResourceBuilder<ProjectResource> resource, IProjectMetadata project, ProjectResourceOptions options)
    {
        var kestrel = options.ExcludeKestrelEndpoints ? [] : KestrelEndpoint.Read(project.ProjectPath);
        foreach (var sameScheme in kestrel.GroupBy(e => e.Address.Scheme))
        {
            var alone = sameScheme.Count() == 1;
            foreach (var (name, address, isHttp2) in sameScheme)
            {
                resource.WithEndpoint(alone ? sameScheme.Key : name, e =>
                {
                    e.Port = address.Port;
                    e.UriScheme = address.Scheme;
                    e.TargetHost = address.Host;
                    e.Transport = isHttp2 ? "http2" : e.Transport;
                });
            }
        }

        if (kestrel.Count == 0)
        {
            return false;
        }

        resource.WithEnvironment(context =>
        {
            foreach (var endpoint in resource.Resource.GetEndpoints())
            {
                context.EnvironmentVariables[$"Kestrel__Endpoints__{endpoint.EndpointName}__Url"] = ListeningUrl(endpoint);
            }
        });

        return true;
    }

    private static void AddProfileEndpoints(IResourceBuilder<ProjectResource> resource, NamedLaunchProfile? profile)
    {
        var timesSeen = new Dictionary<string, int>();
        foreach (var url in profile?.ApplicationUrl?.Split(';', StringSplitOptions.RemoveEmptyEntries) ?? [])
        {
            var address = BindingAddress.Parse(url);
            var count = timesSeen[address.Scheme] = timesSeen.GetValueOrDefault(address.Scheme) + 1;

            resource.WithEndpoint(count == 1 ? address.Scheme : $"{address.Scheme}{count}", e =>
            {
                e.Port = address.Port;
                e.UriScheme = address.Scheme;
                e.TargetHost = address.Host;
                e.FromLaunchProfile = true;
            });
        }

        if (profile?.LaunchUrl is { Length: > 0 } launchUrl)
        {
            resource.WithUrls(context =>
            {
                foreach (var url in context.Urls.Where(u => u.Endpoint?.EndpointAnnotation.FromLaunchProfile == true))
                {
                    url.Url = new Uri(new Uri(url.Url), launchUrl).ToString();
                }
            });
        }
    }

    private static void SetAspNetCoreUrls(ProjectResource project, EnvironmentCallbackContext context)
    {
        var endpoints = project.GetEndpoints().ToList();
        if (endpoints.Count == 0 || context.EnvironmentVariables.ContainsKey("ASPNETCORE_URLS"))
        {
            return;
        }

        if (endpoints.FirstOrDefault(e => e.IsHttps) is { } https)
        {
            context.EnvironmentVariables["ASPNETCORE_HTTPS_PORT"] = https.Property(EndpointProperty.Port);
        }

        var format = new StringBuilder();
        foreach (var (index, _) in endpoints.Index())
        {
            format.Append(index == 0 ? "" : ";").Append('{').Append(index).Append('}');
        }

        context.EnvironmentVariables["ASPNETCORE_URLS"] =
            new ReferenceExpression(format.ToString(), [.. endpoints.Select(ListeningUrl)], new string?[endpoints.Count]);
    }

    /// <summary>Where the process listens, which is not where its clients find it: a private port behind the proxy.</summary>
    private static ReferenceExpression ListeningUrl(EndpointReference endpoint) => ReferenceExpression.Create(
        $"{endpoint.Scheme}://{endpoint.EndpointAnnotation.TargetHost}:{endpoint.Property(EndpointProperty.TargetPort)}");
}

/// <summary>Stands for <c>Aspire.Hosting.ProjectResourceOptions</c>.</summary>
public class ProjectResourceOptions
{
    public string? LaunchProfileName { get; set; }

    public bool ExcludeLaunchProfile { get; set; }

    public bool ExcludeKestrelEndpoints { get; set; }
}
