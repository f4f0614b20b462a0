using System.Globalization;
using System.Text;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.Docs;

/// <summary>docs/events.md, generated from the event records.</summary>
internal static class EventsPage
{
    public static string Generate()
    {
        var page = new StringBuilder(
            """
            # Journey events

            The events of a visitor's journey. Business code emits each with one call,
            `events.Emit(new CartEvents.LineAdded(...))`. It becomes a log record whose event name is the type, a metric, and part
            of a [message to RabbitMQ](journey-events.md). Journey events are never sampled. The types are in
            `Shop.Contracts/Events`, and those of jumps, which every service emits by itself, in `Shop.Telemetry/Jumps`; a test
            generates this page from them.

            | type | when | fields |
            |---|---|---|

            """);
        foreach (var entry in EventCatalog.Entries)
        {
            var fields = string.Join(", ", entry.Fields.Select(field => $"`{field.Name}`"));
            page.Append(CultureInfo.InvariantCulture, $"| `{entry.Name}` | {entry.Description} | {fields} |\n");
        }

        page.Append(
            """

            ## Fields

            | field | meaning |
            |---|---|

            """);
        var allFields = EventCatalog.Entries.SelectMany(entry => entry.Fields).Distinct();
        // Ours last: in an application that was created from the template, they have another prefix.
        foreach (var field in allFields.OrderBy(field => field.Name.StartsWith("shop.", StringComparison.Ordinal))
            .ThenBy(field => field.Name, StringComparer.Ordinal))
        {
            page.Append(CultureInfo.InvariantCulture, $"| `{field.Name}` | {field.Meaning} |\n");
        }

        page.Append(
            """

            Every event also has, where known: `trace_id` and `span_id` (in OTLP the fields of the record); the attributes of its
            journey, such as `session.id`, `shop.journey.id`, `shop.request.id`, `shop.user.segment` (new, returning, member),
            `shop.page.from` and the A/B variant; `shop.page.path`, the route of the request with its parameter names
            (`/api/v1/products/:sku`), never the requested path; `shop.critical_route` on a critical route; and the time, in
            milliseconds on the JSON console (`ts`) and in messages, in nanoseconds in OTLP.

            Events of orders and payments are emitted at least once: work that is repeated after a crash emits its events again.
            Count each event of an order once. Other events are emitted after their change is stored, and are lost if the process
            ends in between.

            """);
        return page.ToString();
    }
}
