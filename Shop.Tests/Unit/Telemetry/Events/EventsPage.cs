using System.Globalization;
using System.Text;

namespace Shop.Tests.Unit.Telemetry.Events;

/// <summary>Creates docs/events.md from the event records.</summary>
internal static class EventsPage
{
    public static string Create()
    {
        var page = new StringBuilder(
            """
            # Journey events

            Journey events record what happens on a visitor's journey. One call, `events.Emit(new CartEvents.LineAdded(...))`, emits
            an event as a log record with that event name, as an event of the current span, and to the service's metrics. Events are
            never sampled. The records are in `Shop.Contracts/Events`. A test generates this page from them.

            | event | meaning | fields |
            |---|---|---|

            """);
        foreach (var type in EventCatalog.All)
        {
            var fields = string.Join(", ", type.Fields.Select(field => $"`{field.Name}`"));
            page.Append(CultureInfo.InvariantCulture, $"| `{type.Name}` | {type.Meaning} | {fields} |\n");
        }

        page.Append(
            """

            ## Fields

            | field | meaning |
            |---|---|

            """);
        var allFields = EventCatalog.All.SelectMany(type => type.Fields).Distinct();
        foreach (var field in allFields.OrderBy(field => field.Name, StringComparer.Ordinal))
        {
            page.Append(CultureInfo.InvariantCulture, $"| `{field.Name}` | {field.Meaning} |\n");
        }

        page.Append(
            """

            Every event also has these attributes, where they are set:

            - `trace_id` and `span_id`, which are fields of the record in OTLP;
            - the values of the journey: `session.id`, `shop.journey.id`, `shop.request.id`, `shop.user.segment` (new, returning, member),
              `shop.page.from`, `shop.item.id`, `shop.cart.item_count`, and the experiment (`feature_flag.key`,
              `feature_flag.result.variant`);
            - `shop.page.path`: the route of the request with the names of its parameters (`/api/v1/products/:sku`), never the raw path;
            - `shop.critical_route`: the critical route that the request or the event is part of;
            - the time, in milliseconds on the JSON console (`ts`) and in nanoseconds in OTLP.

            Events are emitted at least once: work that is repeated after a crash emits its events again. A consumer that counts events must
            count each event of an order once.

            """);
        return page.ToString();
    }
}
