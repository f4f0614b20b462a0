using System.Collections;
using OpenTelemetry;
using OpenTelemetry.Logs;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Sampling;
using Shop.Telemetry.Sampling.Logs;

namespace Shop.Telemetry.Logging;

/// <summary>Every record that leaves says whose journey it belongs to and how many it stands for, and none is oversized.</summary>
internal sealed class JourneyLogProcessor : BaseProcessor<LogRecord>
{
    // Whoever keeps a record beyond this call copies its attributes (LogRecord.Buffer), so one list serves all lines of a thread.
    [ThreadStatic]
    private static LineAttributes? _attributes;

    public override void OnEnd(LogRecord data)
    {
        var attributes = _attributes ??= new LineAttributes();
        attributes.Clear();
        foreach (var (name, value) in JourneyContext.Current)
            attributes.Add(name, value);
        if (CurrentLogRecord.SamplingThreshold is { Value: > 0 } rate)
            attributes.Add(SamplingAttributes.AdjustedCount, rate.AdjustedCount);
        attributes.AddRange(data.Attributes);
        data.Attributes = attributes;

        if (data.FormattedMessage is { Length: > LogLimits.MaxLength } message)
            data.FormattedMessage = LogLimits.Truncate(message);
    }

    private sealed class LineAttributes : IReadOnlyList<KeyValuePair<string, object?>>
    {
        private readonly List<KeyValuePair<string, object?>> _items = new(16);

        public int Count => _items.Count;

        public KeyValuePair<string, object?> this[int index] => _items[index];

        public void Clear() => _items.Clear();

        public void Add(string name, object? value) => _items.Add(new(name, value));

        // By index: an enumerator of the interface would be allocated.
        public void AddRange(IReadOnlyList<KeyValuePair<string, object?>>? line)
        {
            for (var i = 0; i < (line?.Count ?? 0); i++)
            {
                var (name, value) = line![i];
                Add(name, value is string { Length: > LogLimits.MaxLength } text ? LogLimits.Truncate(text) : value);
            }
        }

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _items.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
