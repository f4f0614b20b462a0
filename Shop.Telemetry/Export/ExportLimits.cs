using System.Diagnostics;
using System.Runtime.CompilerServices;
using OpenTelemetry.Logs;
using Shop.Telemetry.Logging;

namespace Shop.Telemetry.Export;

/// <summary>
/// Keeps export requests below the 4 MiB that the gRPC receiver of a collector accepts by default. A collector rejects a larger request
/// with a status that is not retried, so the whole batch would be lost.
/// </summary>
internal static class ExportLimits
{
    /// <summary>The maximum length of a text in a span or log record, in characters.</summary>
    public const int MaxTextLength = LogLimits.MaxLength;

    /// <summary>The maximum size of an export request, in bytes.</summary>
    public const int MaxRequestBytes = 4 * 1024 * 1024;

    /// <summary>
    /// The batches by the estimated size of their spans or log records: the product of the two numbers is smaller than
    /// <see cref="MaxRequestBytes"/>. The last ones are exported one by one. They can have 128 texts of <see cref="MaxTextLength"/>.
    /// </summary>
    public static readonly (int MaxItemBytes, int MaxBatchSize)[] Batches = [(7 * 1024, 512), (60 * 1024, 64), (int.MaxValue, 1)];

    // Bytes of field tags, lengths, ids and times.
    private const int ItemOverhead = 192;
    private const int AttributeOverhead = 16;

    // A character of UTF-16 has up to three bytes in UTF-8.
    private const int BytesPerCharacter = 3;

    /// <summary>Truncates the long texts of a span, and estimates an upper bound of its size in bytes.</summary>
    public static int TruncateAndEstimate(Activity span)
    {
        if (span.StatusDescription is { Length: > MaxTextLength } description)
        {
            span.SetStatus(span.Status, LogLimits.Truncate(description));
        }

        var size = ItemOverhead + Estimate(span.DisplayName) + Estimate(span.StatusDescription) + Estimate(span.TraceStateString);
        List<KeyValuePair<string, object?>>? truncated = null;
        foreach (ref readonly var tag in span.EnumerateTagObjects())
        {
            if (tag.Value is string { Length: > MaxTextLength } text)
            {
                (truncated ??= []).Add(new(tag.Key, LogLimits.Truncate(text)));
            }

            size += Estimate(tag);
        }

        foreach (var (name, value) in truncated ?? [])
        {
            span.SetTag(name, value);
        }

        foreach (ref readonly var activityEvent in span.EnumerateEvents())
        {
            size += ItemOverhead + Estimate(activityEvent.Name);
            foreach (ref readonly var tag in activityEvent.EnumerateTagObjects())
            {
                size += Estimate(tag);
            }
        }

        foreach (ref readonly var link in span.EnumerateLinks())
        {
            size += ItemOverhead + Estimate(link.Context.TraceState);
            foreach (ref readonly var tag in link.EnumerateTagObjects())
            {
                size += Estimate(tag);
            }
        }

        return size;
    }

    /// <summary>Estimates an upper bound of the size of a log record in bytes.</summary>
    public static int Estimate(LogRecord record)
    {
        var size = new StrongBox<int>(ItemOverhead + Estimate(record.FormattedMessage) + Estimate(record.CategoryName));
        if (record.Exception is not null)
        {
            // The message and the stack trace. They are created by the exporter, which truncates them.
            size.Value += 2 * MaxTextLength * BytesPerCharacter;
        }

        for (var i = 0; i < (record.Attributes?.Count ?? 0); i++)
        {
            size.Value += Estimate(record.Attributes![i]);
        }

        record.ForEachScope(
            static (scope, size) =>
            {
                foreach (var attribute in scope)
                {
                    size.Value += Estimate(attribute);
                }
            },
            size);
        return size.Value;
    }

    private static int Estimate(in KeyValuePair<string, object?> attribute)
    {
        var value = attribute.Value switch
        {
            string text => Estimate(text),
            null or ValueType => 64,
            // The exporter calls ToString and truncates the text.
            _ => MaxTextLength * BytesPerCharacter,
        };
        return AttributeOverhead + attribute.Key.Length + value;
    }

    private static int Estimate(string? text) => Math.Min(text?.Length ?? 0, MaxTextLength) * BytesPerCharacter;
}
