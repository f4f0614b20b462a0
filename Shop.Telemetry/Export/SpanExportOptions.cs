using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Telemetry.Export;

/// <summary>The service of the application that receives the spans of all others, beside the collector or dashboard.</summary>
public sealed class SpanExportOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Shop:SpanExport";

    /// <summary>
    /// The address to which this service sends the spans that it exports, such as <c>http://insights:8080/v1/traces</c>, by OTLP over HTTP
    /// and with the service key. Without it, spans are sent to <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> only. The AppHost sets it.
    /// </summary>
    [RegularExpression("^https?://[^ ]+$")]
    public string? Endpoint { get; set; }
}

[OptionsValidator]
internal sealed partial class SpanExportOptionsValidator : IValidateOptions<SpanExportOptions>;
