using Shop.Contracts.Events;
using Shop.Telemetry.Events;

namespace Shop.Tests.Unit.Telemetry.Events;

/// <summary>All journey events of the shop.</summary>
internal static class EventCatalog
{
    public static IReadOnlyList<EventType> All { get; } =
    [
        .. typeof(CartEvents).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(JourneyEvent)) && !type.IsAbstract)
            .Select(EventType.Get).OrderBy(type => type.Name, StringComparer.Ordinal),
    ];
}
