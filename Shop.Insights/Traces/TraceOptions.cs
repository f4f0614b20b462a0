using Microsoft.Extensions.Options;

namespace Shop.Insights.Traces;

/// <summary>The links to traces in pages and alerts.</summary>
public sealed class TraceOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Insights:Traces";

    /// <summary>
    /// The address of a trace, with <c>{traceId}</c> in the place of its id. The AppHost sets that of the Aspire dashboard. Without it,
    /// pages and alerts have the ids of traces.
    /// </summary>
    public string? Url { get; set; }

    /// <summary>Returns the address of a trace; null if none is configured.</summary>
    internal string? GetUrl(string traceId) =>
        string.IsNullOrEmpty(Url) ? null : Url.Replace("{traceId}", Uri.EscapeDataString(traceId), StringComparison.Ordinal);
}

internal sealed class TraceOptionsValidator : IValidateOptions<TraceOptions>
{
    public ValidateOptionsResult Validate(string? name, TraceOptions options) =>
        string.IsNullOrEmpty(options.Url) || (Uri.TryCreate(options.Url, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"{TraceOptions.Section}:{nameof(options.Url)} must be an absolute address with the scheme http or https.");
}
