namespace Aspire.Hosting.ApplicationModel;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.WaitAnnotation</c>.</summary>
public sealed class WaitAnnotation(IResource resource, WaitType waitType, int exitCode = 0) : IResourceAnnotation
{
    public IResource Resource { get; } = resource;

    public WaitType WaitType { get; } = waitType;

    public WaitBehavior? WaitBehavior { get; init; }

    public int ExitCode { get; } = exitCode;
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.WaitType</c>.</summary>
public enum WaitType
{
    WaitUntilHealthy,
    WaitForCompletion,
    WaitUntilStarted,
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.WaitBehavior</c>: what a waiter does when its dependency dies.</summary>
public enum WaitBehavior
{
    WaitOnResourceUnavailable,
    StopOnResourceUnavailable,
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.HealthCheckAnnotation</c>.</summary>
public class HealthCheckAnnotation(string key) : IResourceAnnotation
{
    public string Key { get; } = key;
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ResourceRelationshipAnnotation</c>.</summary>
public sealed class ResourceRelationshipAnnotation(IResource resource, string type) : IResourceAnnotation
{
    public IResource Resource { get; } = resource;

    public string Type { get; } = type;
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.EndpointReferenceAnnotation</c>: which endpoints of another resource are referenced.</summary>
public sealed class EndpointReferenceAnnotation(IResourceWithEndpoints resource) : IResourceAnnotation
{
    public IResourceWithEndpoints Resource { get; } = resource;

    public bool UseAllEndpoints { get; set; }

    public ISet<string> EndpointNames { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ExplicitStartupAnnotation</c>.</summary>
public sealed class ExplicitStartupAnnotation : IResourceAnnotation;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.LaunchProfileAnnotation</c>.</summary>
public sealed class LaunchProfileAnnotation(string launchProfileName) : IResourceAnnotation
{
    public string LaunchProfileName { get; } = launchProfileName;
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ExcludeLaunchProfileAnnotation</c>.</summary>
public sealed class ExcludeLaunchProfileAnnotation : IResourceAnnotation;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ResourceIconAnnotation</c>.</summary>
public sealed class ResourceIconAnnotation(string iconName, IconVariant iconVariant = IconVariant.Filled) : IResourceAnnotation
{
    public string IconName { get; } = iconName;

    public IconVariant IconVariant { get; } = iconVariant;
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.IconVariant</c>.</summary>
public enum IconVariant
{
    Regular,
    Filled,
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ResourceSnapshotAnnotation</c>: what a resource shows before anything happened.</summary>
public sealed class ResourceSnapshotAnnotation(CustomResourceSnapshot initialSnapshot) : IResourceAnnotation
{
    public CustomResourceSnapshot InitialSnapshot { get; } = initialSnapshot;
}

/// <summary>Not shown in the dashboard (the dashboard itself).</summary>
internal sealed class HiddenAnnotation : IResourceAnnotation;

/// <summary>No start, stop and restart (the dashboard itself).</summary>
internal sealed class ExcludeLifecycleCommandsAnnotation : IResourceAnnotation;

/// <summary>The DCP executables that a resource becomes: one for each replica.</summary>
internal sealed class DcpInstancesAnnotation(IReadOnlyList<DcpInstance> instances) : IResourceAnnotation
{
    public IReadOnlyList<DcpInstance> Instances { get; } = instances;
}

internal sealed record DcpInstance(string Name, string Suffix, int Index);
