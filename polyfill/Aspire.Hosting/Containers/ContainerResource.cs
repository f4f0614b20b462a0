namespace Aspire.Hosting.ApplicationModel;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ContainerResource</c>; never made here.</summary>
public class ContainerResource : Resource,
    IResourceWithEnvironment, IResourceWithArgs, IResourceWithEndpoints, IResourceWithWaitSupport, IResourceWithProbes
{
    internal ContainerResource(string name) : base(name)
    {
    }

    internal static DistributedApplicationException NeedsRealPackage(string method, string package) => new(
        $"{method} needs the real {package} package, which runs it in a container; this build uses the stand-ins in polyfill/, which run local processes only.");
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ContainerLifetime</c>.</summary>
public enum ContainerLifetime
{
    Session,
    Persistent,
}
