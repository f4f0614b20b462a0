using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.ApplicationModel
{
    /// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.IResourceWithEnvironment</c>.</summary>
    public interface IResourceWithEnvironment : IResource;

    /// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.IResourceWithArgs</c>.</summary>
    public interface IResourceWithArgs : IResource;

    /// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.IResourceWithEndpoints</c>.</summary>
    public interface IResourceWithEndpoints : IResource;

    /// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.IResourceWithWaitSupport</c>.</summary>
    public interface IResourceWithWaitSupport : IResource;

    /// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.IResourceWithProbes</c>.</summary>
    public interface IResourceWithProbes : IResource;

    /// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.IResourceWithoutLifetime</c>: nothing waits for it.</summary>
    public interface IResourceWithoutLifetime : IResource;

    /// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.IResourceWithParent</c>.</summary>
    public interface IResourceWithParent : IResource
    {
        IResource Parent { get; }
    }

    /// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.IResourceWithParent{T}</c>.</summary>
    public interface IResourceWithParent<out T> : IResourceWithParent where T : IResource
    {
        new T Parent { get; }

        IResource IResourceWithParent.Parent => Parent;
    }

    /// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.IResourceWithConnectionString</c>.</summary>
    public interface IResourceWithConnectionString : IResource, IExpressionValue, IValueWithReferences
    {
        ReferenceExpression ConnectionStringExpression { get; }

        string? ConnectionStringEnvironmentVariable => null;

        string IManifestExpressionProvider.ValueExpression => $"{{{Name}.connectionString}}";

        IEnumerable<object> IValueWithReferences.References => [ConnectionStringExpression];

        ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default) =>
            ConnectionStringExpression.GetValueAsync(cancellationToken);

        IEnumerable<KeyValuePair<string, ReferenceExpression>> GetConnectionProperties() => [];

        ValueTask<string?> IValueProvider.GetValueAsync(CancellationToken cancellationToken) => GetConnectionStringAsync(cancellationToken);
    }
}

namespace Aspire.Hosting
{
    /// <summary>Stands for <c>Aspire.Hosting.IResourceWithServiceDiscovery</c>.</summary>
    public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;
}
