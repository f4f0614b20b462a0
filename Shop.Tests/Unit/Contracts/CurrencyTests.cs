using Shop.Contracts;

namespace Shop.Tests.Unit.Contracts;

public class CurrencyTests
{
    [Theory]
    [InlineData("EUR", true)]
    [InlineData("USD", true)]
    [InlineData("JPY", true)]
    [InlineData("XOF", true)] // a currency of several countries
    [InlineData("XCG", true)] // since 2025
    [InlineData("XQZ", false)]
    [InlineData("HRK", false)] // withdrawn in 2023
    [InlineData("XAU", false)] // gold
    [InlineData("XTS", false)] // for tests
    [InlineData("XXX", false)] // no currency
    [InlineData("eur", false)]
    [InlineData("EUR ", false)]
    [InlineData("EURO", false)]
    [InlineData("", false)]
    public void Only_the_currencies_of_ISO_4217_are_valid(string code, bool valid)
    {
        Assert.Equal(valid, CurrencyCodes.Contains(code));
        Assert.Equal(valid, new CurrencyAttribute().IsValid(code));
        Assert.Equal(valid, new CurrencyAttribute().IsValid(new Money(1, code)));
    }

    [Fact]
    public void Currency_codes_have_three_letters()
    {
        Assert.Equal(155, CurrencyCodes.All.Count);
        Assert.All(CurrencyCodes.All, code => Assert.Matches("^[A-Z]{3}$", code));
    }
}
