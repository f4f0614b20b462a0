using System.Diagnostics;
using System.Diagnostics.Metrics;
using Shop.Telemetry.Events;

namespace Shop.Telemetry.Jumps;

/// <summary>Counts jumps by their routes, of which a service has a limited number.</summary>
internal sealed class JumpMetrics(IMeterFactory meters) : IJourneyEventListener
{
    public const string MeterName = "Shop.Telemetry.Jumps";

    private readonly Counter<long> _jumps = meters.Create(MeterName).CreateCounter<long>(
        "shop.jumps", "{jump}", "Number of redirects, and of requests to an API without a valid sign-in.");

    public void OnEvent(JourneyEvent journeyEvent)
    {
        switch (journeyEvent)
        {
            case PageRedirected jump:
                Record(jump.From, jump.To, jump.Status);
                break;
            case ApiUnauthorized jump:
                Record(jump.From, to: null, jump.Status);
                break;
        }
    }

    private void Record(string from, string? to, int status)
    {
        var tags = new TagList { { JumpEvent.GetField("From").Name, from }, { JumpEvent.GetField("Status").Name, status } };
        if (to is not null)
        {
            tags.Add(JumpEvent.GetField("To").Name, to);
        }

        _jumps.Add(1, tags);
    }
}
