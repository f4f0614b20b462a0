using System.Globalization;

namespace Shop.Contracts;

/// <summary>An amount in the currency's minor unit, so that sums are exact: <c>1299 EUR</c> is 12.99 euro.</summary>
public readonly record struct Money(long Amount, string Currency)
{
    public static Money operator +(Money left, Money right) => left.Currency == right.Currency
        ? new Money(checked(left.Amount + right.Amount), left.Currency)
        : throw new InvalidOperationException($"{left.Currency} and {right.Currency} cannot be added.");

    public static Money operator *(Money price, int quantity) => price with { Amount = checked(price.Amount * quantity) };

    /// <summary>The sum, or null for nothing: an empty list has no currency.</summary>
    public static Money? Sum(IEnumerable<Money> amounts) =>
        amounts.Aggregate((Money?)null, (sum, amount) => sum is { } soFar ? soFar + amount : amount);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Amount} {Currency}");
}
