using System.Collections;
using System.Globalization;
using System.Text;

namespace Shop.Telemetry.Events;

/// <summary>An event as a log record: its fields under their names, and for people <c>cart.line_added shop.cart.id=c1 ...</c></summary>
internal sealed class EventLogState : IReadOnlyList<KeyValuePair<string, object?>>
{
    private readonly List<KeyValuePair<string, object?>> _values = new(8);

    private string? _text;

    private EventLogState(EventType type) => Type = type;

    public EventType Type { get; }

    public int Count => _values.Count;

    public KeyValuePair<string, object?> this[int index] => _values[index];

    public static EventLogState Of(JourneyEvent happened)
    {
        var line = new EventLogState(EventType.Of(happened));
        line.Type.ReadFields(happened, line._values);
        return line;
    }

    public void Add(string name, object value) => _values.Add(new(name, value));

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    // Console and OTLP both ask for it.
    public override string ToString() => _text ??= Write();

    private string Write()
    {
        var text = new StringBuilder(Type.Name);
        foreach (var (name, value) in _values)
            text.Append(CultureInfo.InvariantCulture, $" {name}={value}");
        return text.ToString();
    }
}
