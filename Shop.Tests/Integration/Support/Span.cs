namespace Shop.Tests.Integration.Support;

/// <summary>A span that the dashboard received.</summary>
public sealed record Span(
    string Service,
    string Name,
    SpanKind Kind,
    string Id,
    string? ParentId,
    string? TraceState,
    IReadOnlyDictionary<string, string> Attributes,
    string TraceId,
    IReadOnlyList<string> LinkedTraces);

/// <summary>The span kinds of the OpenTelemetry protocol (opentelemetry/proto/trace/v1/trace.proto).</summary>
public enum SpanKind
{
    Unspecified = 0,
    Internal = 1,
    Server = 2,
    Client = 3,
    Producer = 4,
    Consumer = 5,
}
