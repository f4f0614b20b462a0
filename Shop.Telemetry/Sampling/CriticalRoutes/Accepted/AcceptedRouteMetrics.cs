using System.Diagnostics.Metrics;

namespace Shop.Telemetry.Sampling.CriticalRoutes.Accepted;

/// <summary>The metric of the accepted routes of a service.</summary>
internal sealed class AcceptedRouteMetrics(IMeterFactory meters)
{
    public const string MeterName = "Shop.Telemetry.CriticalRoutes";

    private readonly Gauge<int> _accepted = meters.Create(MeterName).CreateGauge<int>(
        "shop.critical_routes.accepted", "{route}", "Number of critical routes that people have accepted and that are in effect.");

    public void SetAccepted(int count) => _accepted.Record(count);
}
