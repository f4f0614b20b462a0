using System.Diagnostics.Metrics;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;

namespace Shop.Storefront.Canary;

/// <summary>Counts the decisions about the canary.</summary>
internal sealed class CanaryMetrics : IJourneyEventListener
{
    private readonly Counter<long> _decisions;
    private readonly Gauge<int> _share;

    public CanaryMetrics(IMeterFactory meterFactory, IHostEnvironment host)
    {
        var meter = meterFactory.Create(host.ApplicationName);
        _decisions = meter.CreateCounter<long>("shop.canary.decisions", "{decision}", "Number of decisions about the canary.");
        _share = meter.CreateGauge<int>("shop.canary.share", "%", "Share of the sessions that the canary gets.");
    }

    public void OnEvent(JourneyEvent journeyEvent)
    {
        switch (journeyEvent)
        {
            case CanaryEvents.ShareRaised raised:
                Record(raised.CanaryService, raised.CanaryShare, "share_raised", reason: null);
                break;
            case CanaryEvents.RolledBack rolledBack:
                Record(rolledBack.CanaryService, 0, "rolled_back", rolledBack.Reason);
                break;
        }
    }

    private void Record(string service, int share, string decision, string? reason)
    {
        var serviceTag = new KeyValuePair<string, object?>("shop.canary.service", service);
        _share.Record(share, serviceTag);
        _decisions.Add(1, serviceTag, new("shop.canary.decision", decision), new("shop.reason", reason));
    }
}
