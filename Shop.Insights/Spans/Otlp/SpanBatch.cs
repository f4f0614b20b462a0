namespace Shop.Insights.Spans.Otlp;

/// <summary>The spans of a request, and how many of them were rejected.</summary>
/// <param name="first">The first time of spans that are stored.</param>
/// <param name="last">The last time of spans that are stored.</param>
internal sealed class SpanBatch(DateTimeOffset first, DateTimeOffset last)
{
    /// <summary>The name of a service that has none, as OpenTelemetry defines it.</summary>
    public const string UnknownService = "unknown_service";

    private readonly List<StoredSpan> _spans = [];

    /// <summary>Gets the spans that are valid.</summary>
    public IReadOnlyList<StoredSpan> Spans => _spans;

    /// <summary>Gets the number of spans that are not valid.</summary>
    public int Rejected { get; private set; }

    /// <summary>Gets why the first of them was rejected.</summary>
    public string? RejectReason { get; private set; }

    /// <summary>Adds a span.</summary>
    /// <exception cref="OtlpLimitException">The request has too many.</exception>
    public void Add(SpanBuilder builder, string service)
    {
        var span = builder.Build(service, out var error);
        if (span is not null && (span.Time < first || span.Time > last))
        {
            (span, error) = (null, "The time of a span is outside of the time for which spans are kept.");
        }

        if (span is null)
        {
            Reject(error!);
        }
        else
        {
            CheckLimit();
            _spans.Add(span);
        }
    }

    /// <summary>Counts a span that is not valid.</summary>
    /// <exception cref="OtlpLimitException">The request has too many.</exception>
    public void Reject(string reason)
    {
        CheckLimit();
        Rejected++;
        RejectReason ??= reason;
    }

    private void CheckLimit()
    {
        if (_spans.Count + Rejected == OtlpLimits.MaxSpans)
        {
            throw new OtlpLimitException($"A request may have at most {OtlpLimits.MaxSpans} spans.");
        }
    }
}

/// <summary>A request exceeds a limit.</summary>
internal sealed class OtlpLimitException(string message) : Exception(message);
