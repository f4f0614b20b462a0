using System.Reflection;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;
using Shop.Telemetry.Jumps;

namespace Shop.Tests.Support;

/// <summary>All journey events of the shop, as their records declare them.</summary>
internal sealed record EventCatalogEntry(Type Record, string Name, string Description, IReadOnlyList<EventField> Fields)
{
    /// <summary>An event of this type with arbitrary values.</summary>
    public JourneyEvent CreateSample()
    {
        var constructor = Record.GetConstructors().Single();
        return (JourneyEvent)constructor.Invoke([.. constructor.GetParameters().Select(parameter => parameter.ParameterType switch
        {
            var type when type == typeof(string) => (object)"text",
            var type when type == typeof(CartIdHash) => CartIdHash.FromString("text"),
            var type when type == typeof(Guid) => Guid.NewGuid(),
            var type when type == typeof(int) => 2,
            var type when type == typeof(long) => 1299L,
            var type when type == typeof(double) => 0.5,
            var type => throw new NotSupportedException($"No sample for {type}."),
        })]);
    }
}

internal static class EventCatalog
{
    public static IReadOnlyList<EventCatalogEntry> Entries { get; } =
    [
        .. Find<ShopEvent>(EventFields.Of).Concat(Find<JumpEvent>(GetJumpField)).OrderBy(entry => entry.Name),
    ];

    private static IEnumerable<EventCatalogEntry> Find<TEvent>(Func<string, EventField> getField)
    {
        var docs = new DocComments(typeof(TEvent).Assembly);
        return from record in typeof(TEvent).Assembly.GetTypes()
               where record.IsSubclassOf(typeof(TEvent))
               let parameters = record.GetConstructors().Single().GetParameters().Select(parameter => parameter.Name!)
               select new EventCatalogEntry(
                   record, record.GetCustomAttribute<EventAttribute>()!.Name, docs.Summary(record),
                   [.. parameters.Union(record.GetProperties().Select(property => property.Name)).Select(getField)]);
    }

    private static EventField GetJumpField(string property) => new(JumpEvent.GetField(property).Name, JumpEvent.GetField(property).Meaning);
}
