namespace Shop.Telemetry.Events;

/// <summary>
/// A step of a visitor's journey that matters. Each type of event is a record with an <see cref="EventAttribute"/>; its properties are the
/// fields of the event.
/// </summary>
public abstract record JourneyEvent
{
    /// <summary>
    /// Returns the attribute name of a property: <c>CartId</c> is <c>shop.cart.id</c>. Properties with the same name are the same
    /// attribute.
    /// </summary>
    /// <param name="propertyName">The name of a property of this record.</param>
    protected internal abstract string GetFieldName(string propertyName);
}
