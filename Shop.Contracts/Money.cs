using System.Globalization;

namespace Shop.Contracts;

/// <summary>An amount of money in minor units of its currency, so that sums are exact: <c>1299 EUR</c> is 12.99 euros.</summary>
/// <param name="Amount">Amount in minor units of the currency.</param>
/// <param name="Currency">ISO 4217 currency code.</param>
public readonly record struct Money(long Amount, string Currency)
{
    /// <summary>Adds two amounts of the same currency.</summary>
    /// <exception cref="InvalidOperationException">The currencies differ.</exception>
    /// <exception cref="OverflowException">The sum exceeds the range of <see cref="long"/>.</exception>
    public static Money operator +(Money left, Money right) => left.Currency == right.Currency
        ? new Money(checked(left.Amount + right.Amount), left.Currency)
        : throw new InvalidOperationException($"{left.Currency} and {right.Currency} cannot be added.");

    /// <summary>Multiplies a unit price by a quantity.</summary>
    /// <exception cref="OverflowException">The product exceeds the range of <see cref="long"/>.</exception>
    public static Money operator *(Money price, int quantity) => price with { Amount = checked(price.Amount * quantity) };

    /// <summary>Returns the sum of the amounts, or null for an empty sequence, which has no currency.</summary>
    /// <exception cref="InvalidOperationException">The currencies differ.</exception>
    /// <exception cref="OverflowException">The sum exceeds the range of <see cref="long"/>.</exception>
    public static Money? Sum(IEnumerable<Money> amounts) =>
        amounts.Aggregate((Money?)null, (sum, amount) => sum is { } soFar ? soFar + amount : amount);

    /// <summary>Returns amount and currency code, separated by a space: <c>1299 EUR</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Amount} {Currency}");
}
