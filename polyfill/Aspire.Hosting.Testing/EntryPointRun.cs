using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>
/// One run of an AppHost's Main on a thread of its own. Main is held inside Build() until the test builds; what it does then (it starts
/// and runs the application) goes on as always, and the test's StartAsync waits until the application has started.
/// </summary>
internal sealed class EntryPointRun(
    Assembly assembly, string[] args, Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configure) : BuilderHook
{
    private static readonly TimeSpan _entryPointTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan _shutdownTimeout = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource<DistributedApplicationBuilder> _builder = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DistributedApplication> _app = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _mayBuild = new();
    private bool _isStopped;

    public Task<DistributedApplicationBuilder> CreateBuilderAsync(CancellationToken cancellationToken)
    {
        var main = assembly.EntryPoint
            ?? throw new InvalidOperationException($"Assembly '{assembly.GetName().Name}' does not have an entry point.");

        // The execution context, and with it the hook, goes along into the thread.
        Current = this;
        try
        {
            new Thread(() => Run(main)) { IsBackground = true, Name = $"{assembly.GetName().Name}.EntryPoint" }.Start();
        }
        finally
        {
            Current = null;
        }

        return _builder.Task.WaitAsync(_entryPointTimeout, cancellationToken);
    }

    public Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken)
    {
        _mayBuild.TrySetResult();

        return _app.Task.WaitAsync(_entryPointTimeout, cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken) => _started.Task.WaitAsync(cancellationToken);

    public async Task StopAsync()
    {
        if (_isStopped)
        {
            return;
        }

        _isStopped = true;
        if (!_app.Task.IsCompleted)
        {
            // Never built: Main stays where it is, on a background thread.
            return;
        }

        var app = await _app.Task;
        app.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await _ended.Task.WaitAsync(_shutdownTimeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await app.DisposeAsync();
    }

    public override void Creating(DistributedApplicationOptions options, HostApplicationBuilderSettings settings) =>
        TestDefaults.Apply(assembly, args, options, settings, configure);

    public override void Building(DistributedApplicationBuilder builder)
    {
        _builder.TrySetResult(builder);
        _mayBuild.Task.Wait();
    }

    public override void Built(DistributedApplication app)
    {
        app.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(() => _started.TrySetResult());
        _app.TrySetResult(app);
    }

    private void Run(MethodInfo main)
    {
        try
        {
            var result = main.Invoke(null, main.GetParameters().Length == 0 ? null : [args]);
            (result as Task)?.GetAwaiter().GetResult();
            Fail(new InvalidOperationException($"The entry point exited without starting a {nameof(DistributedApplication)}."));
        }
#pragma warning disable CA1031 // Whatever Main throws is for the test to see.
        catch (Exception ex)
        {
            Fail((ex as TargetInvocationException)?.InnerException ?? ex);
        }
#pragma warning restore CA1031
        finally
        {
            _ended.TrySetResult();
        }
    }

    private void Fail(Exception exception)
    {
        _builder.TrySetException(exception);
        _app.TrySetException(exception);
        _started.TrySetException(exception);
    }
}
