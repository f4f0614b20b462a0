using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Utils;

namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    /// <summary>Gives a consumer <c>ConnectionStrings__NAME</c>, and the parts of the connection string as <c>NAME_HOST</c> and so on.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder,
        IResourceBuilder<IResourceWithConnectionString> source,
        string? connectionName = null,
        bool optional = false)
        where TDestination : IResourceWithEnvironment
    {
        var resource = source.Resource;
        connectionName ??= resource.Name;

        return builder.WithReferenceRelationship(resource).WithEnvironment(context =>
        {
            var variable = resource.ConnectionStringEnvironmentVariable ?? $"ConnectionStrings__{connectionName}";
            context.EnvironmentVariables[variable] = new ConnectionStringReference(resource, optional);

            var prefix = connectionName.Length == 0 ? "" : $"{EnvironmentVariableName.Encode(connectionName)}_";
            foreach (var (name, value) in resource.GetConnectionProperties())
            {
                context.EnvironmentVariables[(prefix + name).ToUpperInvariant()] = value;
            }
        });
    }

    /// <summary>Gives a consumer <c>services__name__scheme__0</c> and <c>NAME_ENDPOINT</c> for each endpoint of a service.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source)
        where TDestination : IResourceWithEnvironment => builder.ReferenceEndpoints(source.Resource, endpointName: null);

    /// <summary>The same for one endpoint.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, EndpointReference endpointReference)
        where TDestination : IResourceWithEnvironment => builder.ReferenceEndpoints(endpointReference.Resource, endpointReference.EndpointName);

    public static IResourceBuilder<T> WithRelationship<T>(this IResourceBuilder<T> builder, IResource resource, string type)
        where T : IResource => builder.WithAnnotation(new ResourceRelationshipAnnotation(resource, type));

    public static IResourceBuilder<T> WithRelationship<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> resourceBuilder, string type)
        where T : IResource => builder.WithRelationship(resourceBuilder.Resource, type);

    public static IResourceBuilder<T> WithReferenceRelationship<T>(this IResourceBuilder<T> builder, IResource resource)
        where T : IResource => builder.WithRelationship(resource, KnownRelationshipTypes.Reference);

    public static IResourceBuilder<T> WithReferenceRelationship<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> resourceBuilder)
        where T : IResource => builder.WithReferenceRelationship(resourceBuilder.Resource);

    public static IResourceBuilder<T> WithReferenceRelationship<T>(this IResourceBuilder<T> builder, ReferenceExpression expression)
        where T : IResource => builder.LinkReferences([expression]);

    public static IResourceBuilder<T> WithParentRelationship<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> parent)
        where T : IResource => builder.WithParentRelationship(parent.Resource);

    public static IResourceBuilder<T> WithParentRelationship<T>(this IResourceBuilder<T> builder, IResource parent)
        where T : IResource => builder.WithRelationship(parent, KnownRelationshipTypes.Parent);

    /// <summary>Records the resources that a value is made of, however deep, so that the dashboard can draw them.</summary>
    internal static IResourceBuilder<T> LinkReferences<T>(this IResourceBuilder<T> builder, IEnumerable<object> values) where T : IResource
    {
        var seen = new HashSet<object>();
        foreach (var value in values)
        {
            Walk(value);
        }

        return builder;

        void Walk(object value)
        {
            if (!seen.Add(value))
            {
                return;
            }

            switch (value)
            {
                case IResource resource:
                    builder.WithReferenceRelationship(resource);
                    break;
                case IResourceBuilder<IResource> resourceBuilder:
                    builder.WithReferenceRelationship(resourceBuilder.Resource);
                    break;
                case IValueWithReferences more:
                    foreach (var reference in more.References)
                    {
                        Walk(reference);
                    }

                    break;
            }
        }
    }

    private static IResourceBuilder<T> ReferenceEndpoints<T>(
        this IResourceBuilder<T> builder, IResourceWithEndpoints resource, string? endpointName)
        where T : IResourceWithEnvironment
    {
        var annotation = builder.Resource.Annotations.OfType<EndpointReferenceAnnotation>().SingleOrDefault(a => a.Resource == resource);
        if (annotation is null)
        {
            annotation = new EndpointReferenceAnnotation(resource);
            builder.WithAnnotation(annotation).WithEnvironment(context => AddServiceDiscovery(context.EnvironmentVariables, annotation));
        }

        if (endpointName is null)
        {
            annotation.UseAllEndpoints = true;
        }
        else
        {
            annotation.EndpointNames.Add(endpointName);
        }

        return builder.WithReferenceRelationship(resource);
    }

    private static void AddServiceDiscovery(Dictionary<string, object> variables, EndpointReferenceAnnotation annotation)
    {
        var service = annotation.Resource.Name;
        var endpoints = annotation.Resource.GetEndpoints().Where(e =>
            annotation.EndpointNames.Contains(e.EndpointName) || (annotation.UseAllEndpoints && !e.ExcludeReferenceEndpoint));

        foreach (var endpoint in endpoints)
        {
            variables[$"{EnvironmentVariableName.Encode(service)}_{EnvironmentVariableName.Encode(endpoint.EndpointName)}".ToUpperInvariant()] = endpoint;

            var key = endpoint.IsHttpSchemeNamedEndpoint ? endpoint.Scheme : endpoint.EndpointName;
            var index = 0;
            while (!variables.TryAdd($"services__{service}__{key}__{index}", endpoint))
            {
                index++;
            }
        }
    }
}
