using System.Collections.Immutable;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Dcp;

/// <summary>What the dashboard shows of an executable; the names of the properties decide on columns and labels.</summary>
internal static class ExecutableSnapshot
{
    /// <summary>Before it is created, when only the program and its directory are known.</summary>
    public static CustomResourceSnapshot Initial(ExecutableInstance instance, ExecutableSpec spec, CustomResourceSnapshot previous) =>
        AddProperties(previous, instance, spec, null);

    public static CustomResourceSnapshot Create(
        ExecutableInstance instance, DcpExecutable dcp, CustomResourceSnapshot previous, Func<ExecutableInstance, string, bool> hasEndpoint)
    {
        var status = dcp.Status!;
        var fromSpec = dcp.Spec.Env.Select(e => e.Name).ToHashSet();

        return AddProperties(previous, instance, dcp.Spec, status) with
        {
            State = status.State,
            ExitCode = status.ExitCode,
            CreationTimeStamp = dcp.Metadata.CreationTimestamp?.ToUniversalTime(),
            StartTimeStamp = status.StartupTimestamp?.ToUniversalTime(),
            StopTimeStamp = status.FinishTimestamp?.ToUniversalTime(),
            EnvironmentVariables = [.. (status.EffectiveEnv ?? []).Select(e => new EnvironmentVariableSnapshot(e.Name, e.Value, fromSpec.Contains(e.Name)))],
            Urls = Urls(instance, status.State, hasEndpoint),
        };
    }

    public static IEnumerable<RelationshipSnapshot> Relationships(IResource resource) =>
        ((resource as IResourceWithParent)?.Parent is { } parent ? [new(parent.Name, KnownRelationshipTypes.Parent)] : Array.Empty<RelationshipSnapshot>())
            .Concat(resource.Annotations.OfType<ResourceRelationshipAnnotation>().Select(r => new RelationshipSnapshot(r.Resource.Name, r.Type)));

    public static UrlSnapshot Url(ResourceUrlAnnotation url, bool isInactive) =>
        new(url.Endpoint?.EndpointName, url.Url, url.DisplayLocation == UrlDisplayLocation.DetailsOnly)
        {
            IsInactive = isInactive,
            DisplayProperties = new(url.DisplayText ?? ""),
        };

    private static CustomResourceSnapshot AddProperties(
        CustomResourceSnapshot snapshot, ExecutableInstance instance, ExecutableSpec spec, ExecutableStatus? status)
    {
        var project = (instance.Resource as ProjectResource)?.GetProjectMetadata();
        var isProject = project is not null;

        var properties = new List<ResourcePropertySnapshot>
        {
            isProject
                ? new(KnownProperties.ExecutablePath, spec.ExecutablePath)
                : new(KnownProperties.ExecutablePath, spec.ExecutablePath) { DisplayName = "Executable path", IsHighlighted = true, SortOrder = 0 },
            isProject
                ? new(KnownProperties.ExecutableWorkDir, spec.WorkingDirectory)
                : new(KnownProperties.ExecutableWorkDir, spec.WorkingDirectory) { DisplayName = "Working directory", IsHighlighted = true, SortOrder = 1 },
            isProject
                ? new(KnownProperties.ExecutableArgs, status?.EffectiveArgs ?? []) { IsSensitive = true }
                : new(KnownProperties.ExecutableArgs, status?.EffectiveArgs ?? [])
                {
                    DisplayName = "Executable arguments", IsHighlighted = true, SortOrder = 2, IsSensitive = true,
                },
            new(KnownProperties.ExecutablePid, status?.Pid) { DisplayName = "Process ID", IsHighlighted = true, SortOrder = isProject ? 2 : 3 },
        };

        if (isProject)
        {
            properties.Add(new(KnownProperties.ProjectPath, project!.ProjectPath) { DisplayName = "Project path", IsHighlighted = true, SortOrder = 0 });
            properties.Add(new(KnownProperties.ProjectLaunchProfile, instance.Resource.Annotations.OfType<LaunchProfileAnnotation>().LastOrDefault()?.LaunchProfileName)
            {
                DisplayName = "Launch profile", IsHighlighted = true, SortOrder = 1,
            });
        }

        if (instance.Rendered is { } rendered)
        {
            // Beside the name in the list; a secret argument is shown as dots there too.
            var args = rendered.DisplayArgs;
            var anySecret = args.Any(a => a.IsSecret);
            // In the end as DCP has filled them in, with the ports that it chose.
            var values = status?.EffectiveArgs?.TakeLast(args.Count) ?? args.Select(a => a.Value);
            properties.Add(new(KnownProperties.AppArgs, values.ToImmutableArray()) { IsSensitive = anySecret });
            properties.Add(new(KnownProperties.AppArgsSensitivity, args.Select(a => a.IsSecret ? 1 : 0).ToImmutableArray()) { IsSensitive = anySecret });
        }

        var names = properties.Select(p => p.Name).ToHashSet();

        return snapshot with
        {
            Properties = [.. snapshot.Properties.Where(p => !names.Contains(p.Name)), .. properties],
            Relationships = [.. Relationships(instance.Resource)],
        };
    }

    /// <summary>An address is active while a process stands behind it; one without an endpoint, while the resource runs.</summary>
    private static ImmutableArray<UrlSnapshot> Urls(
        ExecutableInstance instance, string? state, Func<ExecutableInstance, string, bool> hasEndpoint) =>
    [
        .. instance.Resource.Annotations.OfType<ResourceUrlAnnotation>().Select(url => Url(
            url,
            isInactive: url.Endpoint is { } endpoint
                ? !hasEndpoint(instance, DcpNames.Service(endpoint.Resource, endpoint.EndpointAnnotation))
                : state != KnownResourceStates.Running)),
    ];
}
