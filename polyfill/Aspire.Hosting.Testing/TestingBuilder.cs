using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>The builder that Main has filled, in the hands of the test.</summary>
internal sealed class TestingBuilder(DistributedApplicationBuilder inner, EntryPointRun run) : IDistributedApplicationTestingBuilder
{
    public ConfigurationManager Configuration => inner.Configuration;

    public string AppHostDirectory => inner.AppHostDirectory;

    public Assembly? AppHostAssembly => inner.AppHostAssembly;

    public IHostEnvironment Environment => inner.Environment;

    public IServiceCollection Services => inner.Services;

    public IDistributedApplicationEventing Eventing => inner.Eventing;

    public DistributedApplicationExecutionContext ExecutionContext => inner.ExecutionContext;

    public IResourceCollection Resources => inner.Resources;

    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource => inner.AddResource(resource);

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource => inner.CreateResourceBuilder(resource);

    public DistributedApplication Build() => BuildAsync().GetAwaiter().GetResult();

    public async Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default) =>
        new TestedApplication(await run.BuildAsync(cancellationToken), run);

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public async ValueTask DisposeAsync() => await run.StopAsync();

    /// <summary>The application that Main runs: the test may wait for its start, and end it.</summary>
    private sealed class TestedApplication(DistributedApplication running, EntryPointRun run)
        : DistributedApplication(new TestedHost(running.Services, run))
    {
        public override Task StartAsync(CancellationToken cancellationToken = default) => run.StartAsync(cancellationToken);

        public override async Task RunAsync(CancellationToken cancellationToken = default)
        {
            await run.StartAsync(cancellationToken);
            await this.WaitForShutdownAsync(cancellationToken);
        }
    }

    private sealed class TestedHost(IServiceProvider services, EntryPointRun run) : IHost, IAsyncDisposable
    {
        public IServiceProvider Services => services;

        public Task StartAsync(CancellationToken cancellationToken = default) => run.StartAsync(cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken = default) => run.StopAsync().WaitAsync(cancellationToken);

        public void Dispose() => run.StopAsync().GetAwaiter().GetResult();

        public async ValueTask DisposeAsync() => await run.StopAsync();
    }
}
