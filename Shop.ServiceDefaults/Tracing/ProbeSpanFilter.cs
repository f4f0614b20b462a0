using System.Diagnostics;
using OpenTelemetry;

namespace Shop.ServiceDefaults.Tracing;

/// <summary>
/// Drops the PING spans of Redis health checks. Everything else that a probe causes is suppressed while it runs (see Health),
/// but Redis spans are made later, from a profile, when nothing says any more what they were for.
/// </summary>
internal sealed class ProbeSpanFilter : BaseProcessor<Activity>
{
    private const string RedisSource = "OpenTelemetry.Instrumentation.StackExchangeRedis";

    public override void OnEnd(Activity data)
    {
        if (data.Source.Name == RedisSource && data.DisplayName == "PING")
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
    }
}
