using System.Diagnostics.CodeAnalysis;

namespace Shop.Telemetry.Events;

/// <summary>Declares the name of a type of journey event.</summary>
/// <param name="name">Event name in dotted lower case, subject and past participle: <c>cart.line_added</c>.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
[SuppressMessage("Naming", "CA1711:Identifiers should not have incorrect suffix", Justification = "It is an attribute.")]
public sealed class EventAttribute(string name) : Attribute
{
    /// <summary>Event name: the event name of the log record.</summary>
    public string Name => name;

    /// <summary>
    /// Version of the fields, from 1 on. It is raised when a field is removed, or changes its meaning or unit; a new field keeps it.
    /// </summary>
    public int Version { get; init; } = 1;

    /// <summary>
    /// Whether the event belongs to a visitor, and so to a session, journey and request. An event of a clean-up does not. The default is
    /// <see langword="true"/>.
    /// </summary>
    public bool HasVisitor { get; init; } = true;
}
