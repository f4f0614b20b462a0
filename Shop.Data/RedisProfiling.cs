using System.Diagnostics;
using System.Reflection;
using StackExchange.Redis;
using StackExchange.Redis.Profiling;

namespace Shop.Data;

/// <summary>
/// The connection as its instrumentation sees it: the profiler of the instrumentation gets only the commands below a span that is recorded.
/// </summary>
/// <remarks>
/// The instrumentation profiles every command, and keeps the request of each in memory until its next flush, also when nothing of the
/// trace is recorded. Its filter is asked after that. This can go when the instrumentation asks before it profiles a command.
/// </remarks>
internal class RedisProfiling : DispatchProxy
{
    private IConnectionMultiplexer _connection = null!;

    /// <summary>Wraps the connection of the service.</summary>
    public static IConnectionMultiplexer Wrap(IConnectionMultiplexer connection)
    {
        var proxy = Create<IConnectionMultiplexer, RedisProfiling>();
        ((RedisProfiling)(object)proxy)._connection = connection;
        return proxy;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        switch (targetMethod!.Name)
        {
            case nameof(IConnectionMultiplexer.RegisterProfiler):
                var getSession = (Func<ProfilingSession?>)args![0]!;
                _connection.RegisterProfiler(() => Activity.Current is { IsAllDataRequested: true } ? getSession() : null);
                return null;
            // The connection belongs to the service.
            case nameof(IDisposable.Dispose):
                return null;
            case nameof(IAsyncDisposable.DisposeAsync):
                return ValueTask.CompletedTask;
            default:
                return targetMethod.Invoke(_connection, args);
        }
    }
}
