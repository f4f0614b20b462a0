using System.Diagnostics;
using System.Globalization;
using MassTransit.Logging;
using OpenTelemetry;

namespace Shop.Messaging.MassTransit;

/// <summary>
/// Changes the spans of MassTransit to the current semantic conventions
/// (https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans).
/// </summary>
/// <remarks>
/// MassTransit 8 sets the deprecated attribute <c>messaging.operation</c>, names a span <c>cart-order-confirmed receive</c> instead of
/// <c>receive cart-order-confirmed</c>, and sets the status Ok, which the specification reserves for application code
/// (https://github.com/MassTransit/MassTransit/issues/3976). This processor can go when that issue is fixed or another transport
/// library is used.
/// </remarks>
internal sealed class MassTransitSpanProcessor : BaseProcessor<Activity>
{
    private const string DeprecatedOperation = "messaging.operation";
    private const string DestinationName = "messaging.destination.name";
    private const string BodySize = "messaging.message.body.size";
    private const string MessagingSystem = "messaging.system";

    public override void OnEnd(Activity data)
    {
        if (data.Source.Name != DiagnosticHeaders.DefaultListenerName || data.GetTagItem(DeprecatedOperation) is not string type)
        {
            return;
        }

        // RabbitMQ's name of the operation type "send" is "publish". A receive span lasts from the delivery to the acknowledgement and
        // has a process span for each attempt.
        var operation = type == "send" ? "publish" : type;
        data.SetTag(DeprecatedOperation, null);
        data.SetTag("peer.address", null); // the type of the message, which is not an address
        data.SetTag("messaging.operation.name", operation);
        data.SetTag("messaging.operation.type", type);
        data.SetTag(MessagingSystem, data.GetTagItem(MessagingSystem) ?? "rabbitmq");

        var destination = data.GetTagItem(DestinationName) as string ?? data.Parent?.GetTagItem(DestinationName) as string;
        data.SetTag(DestinationName, destination);
        data.DisplayName = destination is null ? operation : $"{operation} {destination}";

        RenameTag(data, "messaging.masstransit.message_id", "messaging.message.id");
        if (data.GetTagItem(BodySize) is string size && int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes))
        {
            data.SetTag(BodySize, bytes);
        }

        if (data.Status == ActivityStatusCode.Ok)
        {
            data.SetStatus(ActivityStatusCode.Unset);
        }
        else if (data.Status == ActivityStatusCode.Error)
        {
            data.SetTag("error.type", GetErrorType(data));
        }
    }

    private static void RenameTag(Activity span, string from, string to)
    {
        if (span.GetTagItem(from) is { } value)
        {
            span.SetTag(from, null);
            span.SetTag(to, value);
        }
    }

    private static string GetErrorType(Activity span)
    {
        foreach (ref readonly var spanEvent in span.EnumerateEvents())
        {
            foreach (ref readonly var tag in spanEvent.EnumerateTagObjects())
            {
                if (tag is { Key: "exception.type", Value: string type })
                {
                    return type;
                }
            }
        }

        return "_OTHER";
    }
}
