using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Shop.Telemetry.Journeys;

namespace Shop.Tests.Support;

/// <summary>A request as a service received it: its headers, and the trace context and the journey that the service extracted.</summary>
internal sealed record ReceivedRequest(
    Dictionary<string, string[]> Headers,
    string? TraceId,
    string? ParentId,
    string? TraceState,
    bool Recorded,
    int ActivityBaggage,
    Dictionary<string, string> Baggage,
    string? RequestId)
{
    public static ReceivedRequest From(HttpContext context) => new(
        context.Request.Headers.ToDictionary(
            header => header.Key.ToLowerInvariant(), header => header.Value.Select(value => value ?? "").ToArray()),
        Activity.Current?.TraceId.ToString(),
        Activity.Current?.ParentSpanId.ToString(),
        Activity.Current?.TraceStateString,
        Activity.Current?.Recorded ?? false,
        Activity.Current?.Baggage.Count() ?? 0,
        OpenTelemetry.Baggage.Current.GetBaggage().ToDictionary(),
        JourneyContext.Current.RequestId);
}
