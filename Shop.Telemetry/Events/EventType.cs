using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.Logging;
using Shop.Contracts.Events;

namespace Shop.Telemetry.Events;

/// <summary>A kind of journey event, as its record declares it.</summary>
internal sealed class EventType
{
    private static readonly ConcurrentDictionary<Type, EventType> _known = new();

    private readonly (EventField Field, PropertyInfo Property)[] _fields;

    private EventType(Type record)
    {
        var declared = record.GetCustomAttribute<EventAttribute>()
            ?? throw new InvalidOperationException($"{record.Name} has no [Event].");
        Record = record;
        Id = new EventId(0, declared.Name);
        Meaning = declared.Meaning;
        // By token is in the sequence of the declaration.
        _fields = [.. record.GetProperties(BindingFlags.Public | BindingFlags.Instance).OrderBy(property => property.MetadataToken)
            .Select(property => (EventFields.Of(property.Name), property))];
    }

    public Type Record { get; }

    public EventId Id { get; }

    public string Name => Id.Name!;

    public string Meaning { get; }

    public IEnumerable<EventField> Fields => _fields.Select(pair => pair.Field);

    /// <summary>Everything that the shop can say.</summary>
    public static IReadOnlyList<EventType> All { get; } =
    [
        .. typeof(JourneyEvent).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(JourneyEvent)) && !type.IsAbstract)
            .Select(type => Of(type)).OrderBy(type => type.Name, StringComparer.Ordinal),
    ];

    public static EventType Of(Type record) => _known.GetOrAdd(record, static type => new EventType(type));

    /// <summary>The values of an event under the names that they have everywhere.</summary>
    public void Read(JourneyEvent happened, List<KeyValuePair<string, object?>> values)
    {
        foreach (var (field, property) in _fields)
        {
            if (property.GetValue(happened) is { } value)
                values.Add(new(field.Name, value is Guid id ? id.ToString() : value));
        }
    }
}
