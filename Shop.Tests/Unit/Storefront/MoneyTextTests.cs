using Shop.Contracts;
using Shop.Storefront.Pages.Layout;

namespace Shop.Tests.Unit.Storefront;

public class MoneyTextTests
{
    [Theory]
    [InlineData(1299, "EUR", "€12.99")]
    [InlineData(129900, "USD", "$1,299.00")]
    [InlineData(5, "GBP", "£0.05")]
    [InlineData(0, "EUR", "€0.00")]
    [InlineData(500, "JPY", "¥500")]
    [InlineData(1250, "CHF", "CHF\u00a012.50")]
    [InlineData(1234567, "KWD", "KWD\u00a01,234.567")]
    [InlineData(-1299, "EUR", "−€12.99")]
    [InlineData(long.MinValue, "EUR", "−€92,233,720,368,547,758.08")]
    public void Amount_is_written_with_the_symbol_and_the_decimals_of_its_currency(long amount, string currency, string text) =>
        Assert.Equal(text, MoneyText.Format(new Money(amount, currency)));

    [Theory]
    [InlineData("12.50", 1250L)]
    [InlineData(" 12,5 ", 1250L)]
    [InlineData("12", 1200L)]
    [InlineData("1,299", 129900L)]
    [InlineData("1,299.00", 129900L)]
    [InlineData("1,234,567.8", 123456780L)]
    [InlineData("1,29", 129L)]
    [InlineData("-1", null)]
    [InlineData("1e9", null)]
    [InlineData("1.2.3", null)]
    [InlineData("99999999999999999999", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Amount_that_a_visitor_has_typed_is_read_in_minor_units(string? text, long? amount) =>
        Assert.Equal(amount, MoneyText.Parse(text, "EUR"));
}
