using System.ComponentModel.DataAnnotations;

namespace Shop.Contracts;

/// <summary>
/// Requires a text, or the currency of an amount of <see cref="Money"/>, to be one of the <see cref="CurrencyCodes"/>. A missing value is
/// valid, as for other attributes.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class CurrencyAttribute() : ValidationAttribute("The field {0} must have an ISO 4217 currency code, such as EUR.")
{
    /// <inheritdoc />
    public override bool IsValid(object? value) => value switch
    {
        null => true,
        Money money => CurrencyCodes.Contains(money.Currency),
        _ => CurrencyCodes.Contains(value as string),
    };
}
