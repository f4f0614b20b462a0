using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shop.Contracts.Events;

namespace Shop.ServiceDefaults.Events;

/// <summary>
/// Tells what happened on a visitor's journey, by one call where it happened. It becomes a log record, which no sampling touches,
/// and an event of the span that runs. The ids come from the journey context, as on every line.
/// </summary>
/// <remarks>At least once: what is carried out again after a crash is told again. Who counts takes each event of an order once.</remarks>
public sealed class JourneyEvents(ILoggerFactory logs, IHttpContextAccessor http)
{
    internal const string Category = "Shop.Journey";

    private readonly ILogger _log = logs.CreateLogger(Category);

    public void Write(JourneyEvent happened)
    {
        var line = EventLine.Of(happened, PagePath.Of(http.HttpContext));
        _log.Log(LogLevel.Information, line.Type.Id, line, null, static (line, _) => line.ToString());
        if (Activity.Current is { IsAllDataRequested: true } span)
            span.AddEvent(new ActivityEvent(line.Type.Name, tags: [.. line]));
    }
}
