using Shop.Insights.Spans;

namespace Shop.Tests.Integration.Insights;

/// <summary>Creates spans that no service has sent.</summary>
internal static class TestSpan
{
    public static StoredSpan Create(DateTimeOffset time, string service, SpanKind kind, StoredSpan? parent = null) => new(
        parent?.TraceId ?? Guid.NewGuid().ToString("N"),
        Guid.NewGuid().ToString("N")[..16],
        parent?.SpanId,
        // As the database stores it, in microseconds.
        DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds()),
        TimeSpan.FromMilliseconds(10),
        kind, "test", service, null, null, null, false, null, null, null, null, null, null, null, null, null, false, 1);

    public static StoredSpan Calls(this StoredSpan span, string kind, string peer, string? system = null) =>
        span with { PeerKind = kind, Peer = peer, System = system };
}
