using System.Collections;
using OpenTelemetry;
using OpenTelemetry.Logs;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Sampling;
using Shop.Telemetry.Sampling.Logs;

namespace Shop.Telemetry.Logging;

/// <summary>
/// Adds the values of the current journey and the adjusted count to each exported log record, and truncates long texts.
/// </summary>
internal sealed class JourneyLogProcessor : BaseProcessor<LogRecord>
{
    // A processor that keeps a record beyond this call copies its attributes (LogRecord.Buffer), so each thread reuses one list.
    [ThreadStatic]
    private static AttributeList? _attributes;

    public override void OnEnd(LogRecord data)
    {
        var attributes = _attributes ??= new AttributeList();
        attributes.Clear();
        foreach (var (name, value) in JourneyContext.Current)
        {
            attributes.Add(name, value);
        }

        if (CurrentLogRecord.SamplingThreshold is { Value: > 0 } threshold)
        {
            attributes.Add(SamplingAttributes.AdjustedCount, threshold.AdjustedCount);
        }

        attributes.AddRange(data.Attributes);
        data.Attributes = attributes;

        if (data.FormattedMessage is { Length: > LogLimits.MaxLength } message)
        {
            data.FormattedMessage = LogLimits.Truncate(message);
        }
    }

    private sealed class AttributeList : IReadOnlyList<KeyValuePair<string, object?>>
    {
        private readonly List<KeyValuePair<string, object?>> _items = new(16);

        public int Count => _items.Count;

        public KeyValuePair<string, object?> this[int index] => _items[index];

        public void Clear() => _items.Clear();

        public void Add(string name, object? value) => _items.Add(new(name, value));

        public void AddRange(IReadOnlyList<KeyValuePair<string, object?>>? attributes)
        {
            // By index, because the enumerator of the interface would be allocated.
            for (var i = 0; i < (attributes?.Count ?? 0); i++)
            {
                var (name, value) = attributes![i];
                Add(name, value is string { Length: > LogLimits.MaxLength } text ? LogLimits.Truncate(text) : value);
            }
        }

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _items.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
