using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Shop.Insights.Data;
using Shop.Insights.Spans.Calls;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;
using SpanKind = Shop.Insights.Spans.SpanKind;
using StoredSpan = Shop.Insights.Spans.StoredSpan;

namespace Shop.Tests.Unit.Insights;

public sealed class CallWorkerTests
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Stop_does_not_count_while_a_run_is_still_counting()
    {
        var time = new FakeTimeProvider();
        using var collector = new CallMetricsCollector();
        var scopes = new BlockedScopes();
        await using var connections = new BackgroundConnections(scopes);
        var calls = new CallCounter(connections, collector.Metrics, time, NullLogger<CallCounter>.Instance);
        // Of its own: the run blocks the thread of the timer that starts it.
        using var worker = new CallWorker(
            calls, TimeProvider.System, new HostingEnvironment { ApplicationName = "Shop.Test" }, NullLogger<CallWorker>.Instance);
        calls.Add([CreateCall(time.GetUtcNow())]);
        time.Advance(CallCounter.Delay);
        await worker.StartAsync(CancellationToken.None);
        try
        {
            await Eventually.ReadAsync(() => Task.FromResult(scopes.Count), count => count == 1, _timeout);

            // The host does not wait any longer.
            await worker.StopAsync(new CancellationToken(canceled: true)).WaitAsync(_timeout);

            Assert.Equal(1, scopes.Count);
        }
        finally
        {
            scopes.Release();
        }
    }

    private static StoredSpan CreateCall(DateTimeOffset time) => new(
        Guid.NewGuid().ToString("N"), "1111111111111111", null, time, TimeSpan.FromMilliseconds(10), SpanKind.Client, "test", "storefront",
        null, null, null, false, null, null, null, null, null, null, null, null, null, false, 1);

    /// <summary>Blocks the first scope. There is no database, so each run fails.</summary>
    private sealed class BlockedScopes : IServiceScopeFactory
    {
        private readonly TaskCompletionSource _released = new();
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public void Release() => _released.SetResult();

        public IServiceScope CreateScope()
        {
            if (Interlocked.Increment(ref _count) == 1)
            {
                _released.Task.Wait();
            }

            return new ServiceCollection().BuildServiceProvider().CreateScope();
        }
    }
}
