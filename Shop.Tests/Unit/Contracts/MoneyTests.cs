using Shop.Contracts;

namespace Shop.Tests.Unit.Contracts;

public class MoneyTests
{
    [Fact]
    public void Sums_are_exact_in_minor_units() =>
        Assert.Equal(new Money(3997, "EUR"), new Money(1299, "EUR") * 3 + new Money(100, "EUR"));

    [Fact]
    public void Nothing_has_no_sum_because_it_has_no_currency() =>
        Assert.Null(Money.Sum([]));

    [Fact]
    public void Currencies_do_not_mix()
    {
        var error = Assert.Throws<InvalidOperationException>(() => new Money(1, "EUR") + new Money(1, "USD"));
        Assert.Equal("EUR and USD cannot be added.", error.Message);
    }

    [Fact]
    public void What_does_not_fit_is_refused_rather_than_wrapped()
    {
        Assert.Throws<OverflowException>(() => new Money(long.MaxValue, "EUR") + new Money(1, "EUR"));
        Assert.Throws<OverflowException>(() => new Money(long.MaxValue / 2, "EUR") * 3);
    }
}
