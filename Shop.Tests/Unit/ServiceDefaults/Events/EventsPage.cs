using System.Globalization;
using System.Text;
using Shop.Telemetry.Events;

namespace Shop.Tests.Unit.ServiceDefaults.Events;

/// <summary>docs/events.md, from the catalogue in code.</summary>
internal static class EventsPage
{
    public static string Write()
    {
        var page = new StringBuilder(
            """
            # Journey events

            What the shop tells of its visitors' journeys. Each is told by one call, `events.Emit(new CartEvents.LineAdded(...))`, and becomes
            a log record whose event name is the type, an event of the span that runs, and a count. None is ever sampled. The types are in
            `Shop.Contracts/Events`; this page is made from them by a test.

            | type | when | fields |
            |---|---|---|

            """);
        foreach (var type in EventType.All)
            page.Append(CultureInfo.InvariantCulture, $"| `{type.Name}` | {type.Meaning} | {string.Join(", ", type.Fields.Select(field => $"`{field.Name}`"))} |\n");

        page.Append(
            """

            ## Fields

            | field | meaning |
            |---|---|

            """);
        foreach (var field in EventType.All.SelectMany(type => type.Fields).Distinct().OrderBy(field => field.Name, StringComparer.Ordinal))
            page.Append(CultureInfo.InvariantCulture, $"| `{field.Name}` | {field.Meaning} |\n");

        page.Append(
            """

            On every event, as far as it is known: `trace_id` and `span_id` (in OTLP the record's own), `session.id`, `shop.journey.id`,
            `shop.request.id`, `shop.user.segment` (new, returning, member), `shop.page.from`, `shop.source` (what was pressed) and the A/B test,
            from the journey that the request belongs to; `shop.page.path`, the route of the request with its parameters as names
            (`/api/v1/products/:sku`), never the path itself; `shop.critical_route` in a key node; and the time, in milliseconds on the JSON console
            (`ts`), in nanoseconds in OTLP.

            An event is told at least once: what is carried out again after a crash is told again. Who counts takes each event of an order once.

            """);
        return page.ToString();
    }
}
