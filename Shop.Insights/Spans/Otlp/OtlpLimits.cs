using Microsoft.AspNetCore.Http.Metadata;

namespace Shop.Insights.Spans.Otlp;

/// <summary>The limits of a request with spans. A process accepts some requests at once, so they limit its memory too.</summary>
internal sealed class OtlpLimits : IRequestSizeLimitMetadata
{
    /// <summary>The size of a body at most, before and after decompression. The exporters of the services send up to as much.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>The number of spans of a request at most. A collector sends 8192 by default.</summary>
    public const int MaxSpans = 20_000;

    /// <summary>The number of requests that are read at the same time.</summary>
    public const int MaxRequests = 8;

    /// <inheritdoc />
    public long? MaxRequestBodySize => MaxBytes;
}
