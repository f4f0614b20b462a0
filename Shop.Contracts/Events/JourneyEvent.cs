using System.Diagnostics.CodeAnalysis;

namespace Shop.Contracts.Events;

/// <summary>
/// Something that a visitor did, or that was done for them, at a point of their journey that matters. Each kind is a record with an
/// <see cref="EventAttribute"/>; its properties are fields of <see cref="EventFields"/>. All of them are listed in docs/events.md.
/// </summary>
public abstract record JourneyEvent;

/// <param name="name">Dotted lower case, what and then what happened to it: <c>cart.line_added</c>.</param>
/// <param name="meaning">One sentence for whoever counts them.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
[SuppressMessage("Naming", "CA1711:Identifiers should not have incorrect suffix", Justification = "It is an attribute.")]
public sealed class EventAttribute(string name, string meaning) : Attribute
{
    public string Name => name;

    public string Meaning => meaning;
}
