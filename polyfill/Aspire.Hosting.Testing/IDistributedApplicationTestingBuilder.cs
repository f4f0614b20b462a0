namespace Aspire.Hosting.Testing;

/// <summary>Stands for <c>Aspire.Hosting.Testing.IDistributedApplicationTestingBuilder</c>.</summary>
public interface IDistributedApplicationTestingBuilder : IDistributedApplicationBuilder, IAsyncDisposable, IDisposable
{
    Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default);
}
