using Shop.Insights.Spans;
using SpanKind = Shop.Insights.Spans.SpanKind;

namespace Shop.Tests.Integration.Insights;

/// <summary>A second implementation of the map, which looks at one span after the other.</summary>
internal static class MapReference
{
    /// <summary>Returns count, share of errors and 95th percentile in milliseconds of each edge.</summary>
    public static Dictionary<string, (double Count, double ErrorShare, double? P95)> Compute(IReadOnlyList<StoredSpan> spans)
    {
        var calls = spans.Where(span => span.Kind is SpanKind.Client)
            .Select(span => (Span: span, Callee: FindCallee(span, spans)))
            .ToList();
        var edges = new List<(string Name, StoredSpan Span)>();
        foreach (var (span, callee) in calls)
        {
            var service = callee ?? (span.PeerKind == "service" ? FindService(span.Peer!, calls) : null);
            var target = service is not null ? $"service/{service}"
                : span.PeerKind is null ? null
                : span.PeerKind == "service" ? $"external/{span.Peer}"
                : $"{span.PeerKind}/{span.Peer}";
            if (target is not null)
            {
                edges.Add(($"service/{span.Service} > {target}", span));
            }
        }

        foreach (var span in spans)
        {
            switch (span)
            {
                case { Kind: SpanKind.Producer, PeerKind: "messaging" }:
                    edges.Add(($"service/{span.Service} > messaging/{span.Peer}", span));
                    break;
                case { Kind: SpanKind.Consumer, PeerKind: "messaging" }:
                    var sender = spans.FirstOrDefault(other => other is { Kind: SpanKind.Producer, PeerKind: "messaging" }
                        && other.TraceId == span.TraceId && other.SpanId == span.ParentId);
                    edges.Add(($"messaging/{(sender ?? span).Peer} > service/{span.Service}", span));
                    break;
                case { Kind: SpanKind.Server, ParentId: null }:
                    edges.Add(($"clients/clients > service/{span.Service}", span));
                    break;
                case { Kind: SpanKind.Server }:
                    var parent = spans.FirstOrDefault(other => other.TraceId == span.TraceId && other.SpanId == span.ParentId);
                    if (parent?.Kind is not SpanKind.Client)
                    {
                        edges.Add(($"{(parent is null ? "unknown/unknown" : $"service/{parent.Service}")} > service/{span.Service}", span));
                    }

                    break;
            }
        }

        return edges.Where(edge => edge.Name.Split(" > ") is [var from, var to] && from != to)
            .GroupBy(edge => edge.Name)
            .ToDictionary(edge => edge.Key, edge => Summarize([.. edge.Select(item => item.Span)]));
    }

    private static string? FindCallee(StoredSpan call, IReadOnlyList<StoredSpan> spans) => spans
        .Where(span => span.Kind is SpanKind.Server && span.TraceId == call.TraceId && span.ParentId == call.SpanId)
        .Select(span => span.Service).Order(StringComparer.Ordinal).FirstOrDefault();

    // The service that was reached most often at an address; of several, the first one by name.
    private static string? FindService(string peer, List<(StoredSpan Span, string? Callee)> calls) => calls
        .Where(call => call.Span.PeerKind == "service" && call.Span.Peer == peer && call.Callee is not null)
        .GroupBy(call => call.Callee!)
        .OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal)
        .FirstOrDefault()?.Key;

    private static (double, double, double?) Summarize(List<StoredSpan> spans)
    {
        var total = spans.Sum(span => span.AdjustedCount);
        if (total == 0)
        {
            return (0, 0, null);
        }

        double? p95 = null;
        var running = 0.0;
        foreach (var span in spans.OrderBy(span => span.Duration))
        {
            running += span.AdjustedCount;
            if (running >= 0.95 * total)
            {
                p95 = span.Duration.TotalMilliseconds;
                break;
            }
        }

        return (total, spans.Where(span => span.Failed).Sum(span => span.AdjustedCount) / total, p95);
    }
}
