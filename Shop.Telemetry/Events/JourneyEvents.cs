using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Sampling.CriticalRoutes;

namespace Shop.Telemetry.Events;

/// <summary>
/// Emits journey events. An event becomes a log record, which is never sampled and has the ids of the current span, a call to the
/// <see cref="IJourneyEventExporter"/> if there is one, and a call to each <see cref="IJourneyEventListener"/>. The ids of the session,
/// journey and request come from <see cref="JourneyContext"/>.
/// </summary>
/// <remarks>
/// An event that is emitted after its change is stored is lost if the process ends in between, and an event of work that is repeated is
/// emitted again. A service that must not lose an event derives it from stored changes.
/// </remarks>
public sealed class JourneyEvents
{
    internal const string Category = "Shop.Journey";

    private readonly ILogger _log;
    private readonly Func<EventLogState, Exception?, string> _format;
    private readonly IHttpContextAccessor _http;
    private readonly CriticalRouteMatcher _criticalRoutes;
    private readonly IJourneyEventExporter? _exporter;
    private readonly IJourneyEventListener[] _listeners;

    internal JourneyEvents(
        ILoggerFactory loggerFactory,
        bool hasValuesInMessage,
        IHttpContextAccessor http,
        CriticalRouteMatcher criticalRoutes,
        IJourneyEventExporter? exporter,
        IEnumerable<IJourneyEventListener> listeners)
    {
        _log = loggerFactory.CreateLogger(Category);
        _format = hasValuesInMessage ? static (state, _) => state.ToString() : static (state, _) => state.Type.Name;
        _http = http;
        _criticalRoutes = criticalRoutes;
        _exporter = exporter;
        _listeners = [.. listeners];
    }

    /// <summary>Emits an event of the current journey.</summary>
    /// <param name="journeyEvent">The event: a record with an <see cref="EventAttribute"/>.</param>
    /// <param name="at">
    /// When it happened, on the clock of this process, if that was before it was known, such as the begin of a request; null for now. Log
    /// records have the time at which they are written.
    /// </param>
    /// <exception cref="InvalidOperationException">The record has no attribute, or a property that is not an event field.</exception>
    public void Emit(JourneyEvent journeyEvent, DateTimeOffset? at = null)
    {
        ArgumentNullException.ThrowIfNull(journeyEvent);
        var state = new EventLogState(journeyEvent);
        // An event can name a page itself: that of the browser that reports it.
        if (!state.Has(RouteNormalizer.Attribute) && RouteNormalizer.GetPath(_http.HttpContext) is { } path)
        {
            state.Add(RouteNormalizer.Attribute, path);
        }

        // The critical route of the request or message is on all its log records. An event can also match a critical route by itself.
        if (JourneyContext.Current.CriticalRoute is null && _criticalRoutes.MatchEvent(state.Type.Name) is { } criticalRoute)
        {
            state.Add(JourneyKeys.CriticalRoute, criticalRoute);
        }

        _log.Log(LogLevel.Information, state.Type.Id, state, null, _format);
        _exporter?.Export(state.Type.Name, state.Type.Version, at, state);
        foreach (var listener in _listeners)
        {
            listener.OnEvent(journeyEvent);
        }
    }

    /// <summary>
    /// Emits an event of a request that only reads, unless its caller no longer waits for the response: the visitor has left, or another
    /// replica, which got the same request, has answered first and has emitted the event.
    /// </summary>
    /// <param name="journeyEvent">The event.</param>
    public void EmitView(JourneyEvent journeyEvent)
    {
        if (_http.HttpContext is not { RequestAborted.IsCancellationRequested: true })
        {
            Emit(journeyEvent);
        }
    }
}
