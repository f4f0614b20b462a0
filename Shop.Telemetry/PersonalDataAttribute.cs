using Microsoft.Extensions.Compliance.Classification;

namespace Shop.Telemetry;

/// <summary>
/// Classifies a type or a member as personal data. Message serialization encrypts values of such a type. A log method with a parameter of
/// such a type, or of a record that contains one, does not compile (LOGGEN035).
/// </summary>
/// <remarks>
/// A record with this attribute overrides <see cref="object.ToString"/> and returns its name only, so that its values appear in no log
/// record, span or exception message. Serializers read the properties and are not affected.
/// </remarks>
[AttributeUsage(
    AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Property | AttributeTargets.Parameter | AttributeTargets.Field)]
public sealed class PersonalDataAttribute() : DataClassificationAttribute(new("Shop", "PersonalData"));
