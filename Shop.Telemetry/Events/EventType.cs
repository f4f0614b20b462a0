using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.Logging;

namespace Shop.Telemetry.Events;

/// <summary>A type of journey event, as its record declares it.</summary>
internal sealed class EventType
{
    private static readonly ConcurrentDictionary<Type, EventType> _types = new();

    private readonly (string Name, PropertyInfo Property)[] _fields;

    private EventType(Type record, JourneyEvent journeyEvent)
    {
        var declaration = record.GetCustomAttribute<EventAttribute>()
            ?? throw new InvalidOperationException($"{record.Name} has no [Event] attribute.");
        Id = new EventId(0, declaration.Name);
        // The metadata token is in the order of the declaration.
        _fields = [.. record.GetProperties(BindingFlags.Public | BindingFlags.Instance).OrderBy(property => property.MetadataToken)
            .Select(property => (journeyEvent.GetFieldName(property.Name), property))];
    }

    public EventId Id { get; }

    public string Name => Id.Name!;

    public IEnumerable<string> FieldNames => _fields.Select(pair => pair.Name);

    public static EventType Of(JourneyEvent journeyEvent) =>
        _types.GetOrAdd(journeyEvent.GetType(), static (record, journeyEvent) => new EventType(record, journeyEvent), journeyEvent);

    /// <summary>Adds the fields of an event, under their attribute names.</summary>
    public void ReadFields(JourneyEvent journeyEvent, List<KeyValuePair<string, object?>> fields)
    {
        foreach (var (name, property) in _fields)
        {
            if (property.GetValue(journeyEvent) is { } value)
            {
                fields.Add(new(name, value is Guid id ? id.ToString() : value));
            }
        }
    }
}
