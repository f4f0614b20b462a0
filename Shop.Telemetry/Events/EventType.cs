using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;
using Microsoft.Extensions.Logging;

namespace Shop.Telemetry.Events;

/// <summary>A type of journey event, as its record declares it with an <see cref="EventAttribute"/>.</summary>
internal sealed class EventType
{
    private static readonly ConcurrentDictionary<Type, EventType> _cache = new();

    private readonly (string Name, Func<JourneyEvent, object?> GetValue)[] _fields;

    private EventType(Type record, JourneyEvent journeyEvent)
    {
        var declaration = record.GetCustomAttribute<EventAttribute>()
            ?? throw new InvalidOperationException($"{record.Name} has no [Event] attribute.");
        Id = new EventId(0, declaration.Name);
        Version = declaration.Version;

        // Metadata tokens have the order of the declarations.
        _fields = [.. record.GetProperties(BindingFlags.Public | BindingFlags.Instance).OrderBy(property => property.MetadataToken)
            .Select(property => (journeyEvent.GetFieldName(property.Name), CreateGetter(record, property)))];
    }

    /// <summary>The event id of the log record: the name, and the number 0.</summary>
    public EventId Id { get; }

    /// <summary>The name of the event, such as <c>cart.line_added</c>.</summary>
    public string Name => Id.Name!;

    /// <summary>The version of the fields.</summary>
    public int Version { get; }

    /// <summary>Gets the type of an event.</summary>
    /// <exception cref="InvalidOperationException">The record has no attribute, or a property that is not an event field.</exception>
    public static EventType Get(JourneyEvent journeyEvent) =>
        _cache.GetOrAdd(journeyEvent.GetType(), static (record, journeyEvent) => new EventType(record, journeyEvent), journeyEvent);

    /// <summary>Appends the names and values of the fields that are set.</summary>
    public void AppendValues(JourneyEvent journeyEvent, List<KeyValuePair<string, object?>> values)
    {
        foreach (var (name, getValue) in _fields)
        {
            if (getValue(journeyEvent) is { } value)
            {
                values.Add(new(name, value is string or int or long or double or bool ? value : value.ToString()));
            }
        }
    }

    // Compiled, because reflection would take more time than the rest of the event.
    private static Func<JourneyEvent, object?> CreateGetter(Type record, PropertyInfo property)
    {
        var journeyEvent = Expression.Parameter(typeof(JourneyEvent));
        var value = Expression.Property(Expression.Convert(journeyEvent, record), property);
        return Expression.Lambda<Func<JourneyEvent, object?>>(Expression.Convert(value, typeof(object)), journeyEvent).Compile();
    }
}
