using Microsoft.Extensions.Logging;

namespace Shop.Telemetry.Logging;

/// <summary>
/// Leaves out the scope of Kestrel with the id of the connection. It would be on every log record of a request, and no trace, metric or
/// other record has the same id.
/// </summary>
internal sealed class ScopeProvider : IExternalScopeProvider
{
    private readonly LoggerExternalScopeProvider _inner = new();

    /// <inheritdoc/>
    public void ForEachScope<TState>(Action<object?, TState> callback, TState state) => _inner.ForEachScope(callback, state);

    /// <inheritdoc/>
    public IDisposable Push(object? state) => IsConnectionId(state) ? NoScope.Instance : _inner.Push(state);

    private static bool IsConnectionId(object? state) =>
        state is IReadOnlyList<KeyValuePair<string, object?>> { Count: 1 } values && values[0].Key == "ConnectionId";

    private sealed class NoScope : IDisposable
    {
        public static readonly NoScope Instance = new();

        public void Dispose()
        {
        }
    }
}
