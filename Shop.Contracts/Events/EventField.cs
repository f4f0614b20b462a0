namespace Shop.Contracts.Events;

/// <summary>A field of journey events.</summary>
/// <param name="Name">Attribute name on log records.</param>
/// <param name="Meaning">One sentence that describes the value and its unit.</param>
public sealed record EventField(string Name, string Meaning);
