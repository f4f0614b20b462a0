using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Stands for <c>Aspire.Hosting.ContainerResourceBuilderExtensions</c>.</summary>
public static class ContainerResourceBuilderExtensions
{
    public static IResourceBuilder<T> WithLifetime<T>(this IResourceBuilder<T> builder, ContainerLifetime lifetime) where T : ContainerResource =>
        throw ContainerResource.NeedsRealPackage(nameof(WithLifetime), "Aspire.Hosting");
}
