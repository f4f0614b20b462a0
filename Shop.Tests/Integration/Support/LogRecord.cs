namespace Shop.Tests.Integration.Support;

/// <summary>A log record that the dashboard received.</summary>
public sealed record LogRecord(
    string Service,
    string Text,
    string? TraceId,
    string? SpanId,
    IReadOnlyDictionary<string, string> Attributes,
    string Category,
    string? EventName);
