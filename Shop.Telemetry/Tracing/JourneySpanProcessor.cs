using System.Diagnostics;
using OpenTelemetry;
using Shop.Telemetry.Journeys;

namespace Shop.Telemetry.Tracing;

/// <summary>Adds the values of the current journey to every span when it starts.</summary>
internal sealed class JourneySpanProcessor : BaseProcessor<Activity>
{
    public override void OnStart(Activity data) => JourneyContext.Current.AddTo(data);
}
