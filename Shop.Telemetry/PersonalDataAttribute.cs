using Microsoft.Extensions.Compliance.Classification;

namespace Shop.Telemetry;

/// <summary>Marks a type or member that holds personal data. Such data must not enter logs, spans or metrics, and is encrypted in messages and stores.</summary>
/// <remarks>
/// A type with this attribute overrides <c>ToString</c>, so that a log line or an exception message never shows its values. A log method
/// with a parameter of such a type, or of a record that contains one, does not compile (LOGGEN035).
/// </remarks>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Property | AttributeTargets.Parameter | AttributeTargets.Field)]
public sealed class PersonalDataAttribute() : DataClassificationAttribute(new("Shop", "PersonalData"));
