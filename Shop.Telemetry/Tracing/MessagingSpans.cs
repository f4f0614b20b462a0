using System.Diagnostics;
using System.Globalization;
using OpenTelemetry;

namespace Shop.Telemetry.Tracing;

/// <summary>
/// MassTransit's spans in today's words (opentelemetry.io/docs/specs/semconv/messaging/messaging-spans): it says
/// <c>messaging.operation</c>, which is deprecated, names a span <c>cart-order-confirmed receive</c>, and sets the status to Ok,
/// which is not for instrumentation to say.
/// </summary>
internal sealed class MessagingSpans : BaseProcessor<Activity>
{
    private const string Source = "MassTransit";
    private const string Deprecated = "messaging.operation";

    public override void OnEnd(Activity data)
    {
        if (data.Source.Name != Source || data.GetTagItem(Deprecated) is not string type)
            return;

        // RabbitMQ's word for sending is publish; a receive span lasts from a delivery to its acknowledgement, with a process span
        // for each attempt in it.
        var operation = type == "send" ? "publish" : type;
        data.SetTag(Deprecated, null);
        // It holds a type of a message.
        data.SetTag("peer.address", null);
        data.SetTag("messaging.operation.name", operation);
        data.SetTag("messaging.operation.type", type);
        data.SetTag("messaging.system", data.GetTagItem("messaging.system") ?? "rabbitmq");

        var destination = data.GetTagItem("messaging.destination.name") as string ?? data.Parent?.GetTagItem("messaging.destination.name") as string;
        data.SetTag("messaging.destination.name", destination);
        data.DisplayName = destination is null ? operation : $"{operation} {destination}";

        Rename(data, "messaging.masstransit.message_id", "messaging.message.id");
        if (data.GetTagItem("messaging.message.body.size") is string size && int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes))
            data.SetTag("messaging.message.body.size", bytes);

        if (data.Status == ActivityStatusCode.Ok)
            data.SetStatus(ActivityStatusCode.Unset);
        else if (data.Status == ActivityStatusCode.Error)
            data.SetTag("error.type", ErrorOf(data));
    }

    private static void Rename(Activity span, string from, string to)
    {
        if (span.GetTagItem(from) is not { } value)
            return;
        span.SetTag(from, null);
        span.SetTag(to, value);
    }

    private static string ErrorOf(Activity span)
    {
        foreach (ref readonly var happened in span.EnumerateEvents())
        {
            foreach (ref readonly var tag in happened.EnumerateTagObjects())
            {
                if (tag is { Key: "exception.type", Value: string type })
                    return type;
            }
        }

        return "_OTHER";
    }
}
