using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using Shop.Telemetry.Metrics;

namespace Shop.Telemetry.Export;

/// <summary>Exports metrics by OTLP, and shows them to the <see cref="CardinalityLimitMonitor"/>.</summary>
internal sealed class MetricExporter(OtlpExporterOptions options, CardinalityLimitMonitor monitor) : OtlpMetricExporter(options)
{
    /// <inheritdoc/>
    public override ExportResult Export(in Batch<Metric> metrics)
    {
        monitor.Check(metrics);
        return base.Export(metrics);
    }
}
