using System.Diagnostics.CodeAnalysis;

namespace Shop.Telemetry.Events;

/// <summary>Declares a type of journey event.</summary>
/// <param name="name">The event name in dotted lower case, subject and past participle: <c>cart.line_added</c>.</param>
/// <param name="description">One sentence about when the event is emitted.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
[SuppressMessage("Naming", "CA1711:Identifiers should not have incorrect suffix", Justification = "It is an attribute.")]
public sealed class EventAttribute(string name, string description) : Attribute
{
    /// <summary>The event name.</summary>
    public string Name => name;

    /// <summary>When the event is emitted.</summary>
    public string Description => description;
}
