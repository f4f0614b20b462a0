using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shop.Contracts.Events;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Sampling.CriticalRoutes;

namespace Shop.Telemetry.Events;

/// <summary>
/// Tells what happened on a visitor's journey, by one call where it happened. It becomes a log record, which no sampling touches,
/// an event of the span that runs, and a count. The ids come from the journey context, as on every line.
/// </summary>
/// <remarks>At least once: what is carried out again after a crash is told again. Who counts takes each event of an order once.</remarks>
public sealed class JourneyEvents
{
    internal const string Category = "Shop.Journey";

    private readonly ILogger _log;
    private readonly IHttpContextAccessor _http;
    private readonly CriticalRouteMatcher _nodes;
    private readonly IJourneyEventListener[] _listeners;

    internal JourneyEvents(ILoggerFactory logs, IHttpContextAccessor http, CriticalRouteMatcher nodes, IEnumerable<IJourneyEventListener> listeners) =>
        (_log, _http, _nodes, _listeners) = (logs.CreateLogger(Category), http, nodes, [.. listeners]);

    public void Write(JourneyEvent happened)
    {
        var line = EventLogState.Of(happened);
        if (RouteNormalizer.Of(_http.HttpContext) is { } page)
            line.Add(RouteNormalizer.Attribute, page);
        // What a request or message is part of stands on every line of it; an event may be a key node by itself.
        if (JourneyContext.Current.CriticalRoute is null && _nodes.MatchEvent(line.Type.Name) is { } node)
            line.Add(JourneyKeys.CriticalRoute, node);

        _log.Log(LogLevel.Information, line.Type.Id, line, null, static (line, _) => line.ToString());
        if (Activity.Current is { IsAllDataRequested: true } span)
            span.AddEvent(new ActivityEvent(line.Type.Name, tags: [.. line]));
        foreach (var listener in _listeners)
            listener.OnEvent(happened);
    }
}
