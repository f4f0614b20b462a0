using System.ComponentModel.DataAnnotations;

namespace Shop.Contracts;

/// <summary>Requires a text to be one of the <see cref="CurrencyCodes"/>. A missing text is valid, as for other attributes.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class CurrencyAttribute() : ValidationAttribute("The field {0} must be an ISO 4217 currency code, such as EUR.")
{
    /// <inheritdoc />
    public override bool IsValid(object? value) => value is null || CurrencyCodes.Contains(value as string);
}
