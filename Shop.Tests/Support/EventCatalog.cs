using System.Reflection;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;

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
            var type when type == typeof(Guid) => Guid.NewGuid(),
            var type when type == typeof(int) => 2,
            var type when type == typeof(long) => 1299L,
            var type => throw new NotSupportedException($"No sample for {type}."),
        })]);
    }
}

internal static class EventCatalog
{
    private static readonly DocComments _docs = new(typeof(ShopEvent).Assembly);

    public static IReadOnlyList<EventCatalogEntry> Entries { get; } =
    [
        .. from record in typeof(ShopEvent).Assembly.GetTypes()
           where record.IsSubclassOf(typeof(ShopEvent))
           let declaration = record.GetCustomAttribute<EventAttribute>()!
           orderby declaration.Name
           select new EventCatalogEntry(record, declaration.Name, _docs.Summary(record),
               [.. record.GetConstructors().Single().GetParameters().Select(parameter => EventFields.Of(parameter.Name!))]),
    ];
}
