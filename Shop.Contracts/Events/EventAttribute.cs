using System.Diagnostics.CodeAnalysis;

namespace Shop.Contracts.Events;

/// <summary>Declares the name and the meaning of a <see cref="JourneyEvent"/>.</summary>
/// <param name="name">Event name in dotted lower case, subject and past participle: <c>cart.line_added</c>.</param>
/// <param name="meaning">One sentence that says when the event is emitted.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
[SuppressMessage("Naming", "CA1711:Identifiers should not have incorrect suffix", Justification = "It is an attribute.")]
public sealed class EventAttribute(string name, string meaning) : Attribute
{
    /// <summary>Event name: the event name of the log record and the name of the span event.</summary>
    public string Name => name;

    /// <summary>One sentence that says when the event is emitted.</summary>
    public string Meaning => meaning;
}
