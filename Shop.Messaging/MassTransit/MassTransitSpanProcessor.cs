using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using MassTransit.Logging;
using OpenTelemetry;

namespace Shop.Messaging.MassTransit;

/// <summary>
/// Changes the spans of MassTransit to the current semantic conventions
/// (https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans).
/// </summary>
/// <remarks>
/// MassTransit 8 sets the deprecated attribute <c>messaging.operation</c>, names a span <c>cart-order-confirmed receive</c>, and sets the
/// status Ok, which the specification reserves for application code (https://github.com/MassTransit/MassTransit/issues/3976). Its receive
/// span lasts from the delivery to the acknowledgement, and contains a process span of the same kind for each attempt. The conventions
/// know one span for a message that the broker pushes, <c>process</c> of the kind Consumer: the outer one becomes it, and an attempt is an
/// internal span within. This processor can go when that issue is fixed or another transport library is used.
/// </remarks>
internal sealed class MassTransitSpanProcessor : BaseProcessor<Activity>
{
    private const string DeprecatedOperation = "messaging.operation";
    private const string DestinationName = "messaging.destination.name";
    private const string BodySize = "messaging.message.body.size";
    private const string MessagingSystem = "messaging.system";
    private const string ErrorType = "error.type";

    public override void OnEnd(Activity data)
    {
        if (data.Source.Name != DiagnosticHeaders.DefaultListenerName || data.GetTagItem(DeprecatedOperation) is not string type)
        {
            return;
        }

        data.SetTag(DeprecatedOperation, null);
        data.SetTag("peer.address", null); // the type of the message, which is not an address
        if (type == "process")
        {
            SetKind(data, ActivityKind.Internal);
            data.DisplayName = "attempt";
            data.SetTag("messaging.message.conversation_id", null); // the process span has the attributes of the message
        }
        else
        {
            // RabbitMQ's name of the operation type "send" is "publish".
            var (operation, operationType) = type == "send" ? ("publish", type) : ("process", "process");
            var destination = data.GetTagItem(DestinationName) as string;
            data.SetTag("messaging.operation.name", operation);
            data.SetTag("messaging.operation.type", operationType);
            data.SetTag(MessagingSystem, data.GetTagItem(MessagingSystem) ?? "rabbitmq");
            data.DisplayName = destination is null ? operation : $"{operation} {destination}";
            RenameTag(data, "messaging.masstransit.message_id", "messaging.message.id");
        }

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
            data.SetTag(ErrorType, data.GetTagItem(ErrorType) ?? GetErrorType(data));
        }
    }

    // The kind of an activity can be set when it is created only, which MassTransit does.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_Kind")]
    private static extern void SetKind(Activity span, ActivityKind kind);

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
