using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;

namespace Shop.Messaging;

/// <summary>
/// Metrics of published and handled messages
/// (https://opentelemetry.io/docs/specs/semconv/messaging/messaging-metrics).
/// </summary>
internal sealed class MessagingMetrics
{
    private static readonly InstrumentAdvice<double> _buckets = new()
    {
        HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    };

    private readonly Histogram<double> _published;
    private readonly Histogram<double> _processed;

    public MessagingMetrics(IMeterFactory meters, IHostEnvironment host)
    {
        var meter = meters.Create(host.ApplicationName);
        _published = meter.CreateHistogram(
            "messaging.client.operation.duration",
            "s",
            "Duration of publishing a message, until the broker has confirmed it.",
            advice: _buckets);
        _processed = meter.CreateHistogram(
            "messaging.process.duration", "s", "Duration of handling a message, by attempt.", advice: _buckets);
    }

    /// <summary>Records that a message was published to an exchange, or failed with an exception.</summary>
    public void RecordPublish(string exchange, TimeSpan duration, Exception? exception) => _published.Record(
        duration.TotalSeconds, GetTags("publish", "send", exchange, exception));

    /// <summary>Records an attempt to handle a message of a queue.</summary>
    public void RecordProcess(string queue, TimeSpan duration, Exception? exception) => _processed.Record(
        duration.TotalSeconds, GetTags("process", "process", queue, exception));

    private static TagList GetTags(string operation, string operationType, string destination, Exception? exception)
    {
        var tags = new TagList
        {
            { "messaging.system", "rabbitmq" },
            { "messaging.operation.name", operation },
            { "messaging.operation.type", operationType },
            { "messaging.destination.name", destination },
        };
        if (exception is not null)
        {
            tags.Add("error.type", exception.GetType().FullName);
        }

        return tags;
    }
}
