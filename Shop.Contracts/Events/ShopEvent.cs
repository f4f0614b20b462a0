using Shop.Telemetry.Events;

namespace Shop.Contracts.Events;

/// <summary>A journey event of the shop. All of them are listed in docs/events.md.</summary>
public abstract record ShopEvent : JourneyEvent
{
    /// <inheritdoc />
    protected sealed override string GetFieldName(string propertyName) => EventFields.Of(propertyName).Name;
}
