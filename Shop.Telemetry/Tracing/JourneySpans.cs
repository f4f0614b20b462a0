using System.Diagnostics;
using OpenTelemetry;
using Shop.Telemetry.Journeys;

namespace Shop.Telemetry.Tracing;

/// <summary>Every span says whose journey it belongs to, from its start on, whoever started it.</summary>
internal sealed class JourneySpans : BaseProcessor<Activity>
{
    public override void OnStart(Activity data) => JourneyContext.Current.AddTo(data);
}
