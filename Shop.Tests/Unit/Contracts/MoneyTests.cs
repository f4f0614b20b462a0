using Shop.Contracts;

namespace Shop.Tests.Unit.Contracts;

public class MoneyTests
{
    [Fact]
    public void Arithmetic_is_exact_in_minor_units() =>
        Assert.Equal(new Money(3997, "EUR"), new Money(1299, "EUR") * 3 + new Money(100, "EUR"));

    [Fact]
    public void Sum_is_null_when_there_are_no_amounts() =>
        Assert.Null(Money.Sum([]));

    [Fact]
    public void Addition_throws_when_the_currencies_differ()
    {
        var error = Assert.Throws<InvalidOperationException>(() => new Money(1, "EUR") + new Money(1, "USD"));
        Assert.Equal("EUR and USD cannot be added.", error.Message);
    }

    [Fact]
    public void Arithmetic_throws_when_the_amount_overflows()
    {
        Assert.Throws<OverflowException>(() => new Money(long.MaxValue, "EUR") + new Money(1, "EUR"));
        Assert.Throws<OverflowException>(() => new Money(long.MaxValue / 2, "EUR") * 3);
    }
}
