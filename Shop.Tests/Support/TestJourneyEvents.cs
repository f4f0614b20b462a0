using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Shop.Telemetry.Events;
using Shop.Telemetry.Sampling.CriticalRoutes;

namespace Shop.Tests.Support;

/// <summary>The journey events of a class that is tested outside of a host.</summary>
internal static class TestJourneyEvents
{
    /// <summary>Creates journey events that only listeners get.</summary>
    public static JourneyEvents Create(params IEnumerable<IJourneyEventListener> listeners) => new(
        NullLoggerFactory.Instance,
        hasValuesInMessage: false,
        new HttpContextAccessor(),
        new CriticalRouteMatcher(new TestOptionsMonitor<CriticalRouteOptions>(new())),
        exporter: null,
        listeners);
}
