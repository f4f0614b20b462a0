using Shop.Telemetry.Events;

namespace Shop.Catalog.Stock;

/// <summary>The result of a transaction on stock, with the journey event to emit after the commit.</summary>
/// <param name="Result">The result of the operation.</param>
/// <param name="Event">The event; null if nothing changed.</param>
internal readonly record struct StockChange<T>(T Result, JourneyEvent? Event = null)
{
    /// <summary>Emits the event, if any, and returns the result.</summary>
    public T Emit(JourneyEvents events)
    {
        if (Event is not null)
        {
            events.Emit(Event);
        }

        return Result;
    }
}
