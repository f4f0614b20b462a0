using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.Logging;
using Shop.Contracts.Events;

namespace Shop.Telemetry.Events;

/// <summary>A type of journey event, as its record declares it with an <see cref="EventAttribute"/>.</summary>
internal sealed class EventType
{
    private static readonly ConcurrentDictionary<Type, EventType> _cache = new();

    private readonly (EventField Field, PropertyInfo Property)[] _fields;

    private EventType(Type record)
    {
        var declaration = record.GetCustomAttribute<EventAttribute>()
            ?? throw new InvalidOperationException($"{record.Name} has no [Event] attribute.");
        Record = record;
        Id = new EventId(0, declaration.Name);
        Meaning = declaration.Meaning;

        // Metadata tokens have the order of the declarations.
        _fields = [.. record.GetProperties(BindingFlags.Public | BindingFlags.Instance).OrderBy(property => property.MetadataToken)
            .Select(property => (EventFields.Of(property.Name), property))];
    }

    /// <summary>The record of the event.</summary>
    public Type Record { get; }

    /// <summary>The event id of the log record: the name, and the number 0.</summary>
    public EventId Id { get; }

    /// <summary>The name of the event, such as <c>cart.line_added</c>.</summary>
    public string Name => Id.Name!;

    /// <summary>What the event means, in one sentence.</summary>
    public string Meaning { get; }

    /// <summary>The fields of the event, in the order of their declaration.</summary>
    public IEnumerable<EventField> Fields => _fields.Select(pair => pair.Field);

    /// <summary>Gets the type of an event record.</summary>
    /// <exception cref="InvalidOperationException">The record has no attribute, or a property that is not an event field.</exception>
    public static EventType Get(Type record) => _cache.GetOrAdd(record, static type => new EventType(type));

    /// <summary>Appends the names and values of the fields that are set.</summary>
    public void AppendValues(JourneyEvent journeyEvent, List<KeyValuePair<string, object?>> values)
    {
        foreach (var (field, property) in _fields)
        {
            if (property.GetValue(journeyEvent) is { } value)
            {
                values.Add(new(field.Name, value is Guid id ? id.ToString() : value));
            }
        }
    }
}
