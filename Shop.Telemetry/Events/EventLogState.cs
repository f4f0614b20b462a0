using System.Collections;
using System.Globalization;
using System.Text;

namespace Shop.Telemetry.Events;

/// <summary>
/// The state of a journey event's log record: its fields as named values, and as text
/// <c>cart.line_added shop.cart.id=c1 ...</c>.
/// </summary>
internal sealed class EventLogState : IReadOnlyList<KeyValuePair<string, object?>>
{
    private readonly List<KeyValuePair<string, object?>> _values = new(8);

    private string? _message;

    public EventLogState(JourneyEvent journeyEvent)
    {
        Type = EventType.Get(journeyEvent);
        Type.AppendValues(journeyEvent, _values);
    }

    public EventType Type { get; }

    public int Count => _values.Count;

    public KeyValuePair<string, object?> this[int index] => _values[index];

    public bool Has(string name)
    {
        foreach (var (key, _) in _values)
        {
            if (key == name)
            {
                return true;
            }
        }

        return false;
    }

    public void Add(string name, object value) => _values.Add(new(name, value));

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Returns the text. It is formatted once, although each logger provider reads it.</summary>
    public override string ToString() => _message ??= FormatMessage();

    private string FormatMessage()
    {
        var message = new StringBuilder(Type.Name);
        foreach (var (name, value) in _values)
        {
            message.Append(CultureInfo.InvariantCulture, $" {name}={value}");
        }

        return message.ToString();
    }
}
