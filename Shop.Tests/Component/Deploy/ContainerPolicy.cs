namespace Shop.Tests.Component.Deploy;

/// <summary>What a Compose file or a Kubernetes manifest says about a container.</summary>
internal sealed record ContainerSettings(
    string Name,
    string Image,
    long? User,
    bool ReadOnly,
    bool DropsAllCapabilities,
    bool CanGainPrivileges,
    bool Privileged,
    string? CpuLimit,
    string? MemoryLimit,
    bool HasHealthCheck);

/// <summary>What every container of a deployment must have.</summary>
internal static class ContainerPolicy
{
    /// <summary>Returns the rules that a container breaks.</summary>
    public static IEnumerable<string> GetViolations(ContainerSettings container)
    {
        var violations = new (bool Broken, string Rule)[]
        {
            (container.Image.LastIndexOf(':') <= container.Image.LastIndexOf('/'), "the image has no tag"),
            (container.Image.EndsWith(":latest", StringComparison.Ordinal), "the tag of the image is latest"),
            (container.Image.Contains('.') && container.Image.IndexOf('/') > container.Image.IndexOf('.'), "the image names a registry"),
            (container.User is null or 0, "it runs as root"),
            (!container.ReadOnly, "its root file system can be written"),
            (!container.DropsAllCapabilities, "it has capabilities"),
            (container.CanGainPrivileges, "it can gain privileges"),
            (container.Privileged, "it is privileged"),
            (string.IsNullOrEmpty(container.CpuLimit), "it has no limit of processors"),
            (string.IsNullOrEmpty(container.MemoryLimit), "it has no limit of memory"),
            (!container.HasHealthCheck, "it has no health check"),
        };
        return from violation in violations where violation.Broken select $"{container.Name}: {violation.Rule}";
    }
}
