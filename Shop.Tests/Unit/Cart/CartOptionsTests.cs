using Shop.Cart.Carts;

namespace Shop.Tests.Unit.Cart;

public class CartOptionsTests
{
    [Theory]
    [InlineData(0, "00:00:01", "14.00:00:00", "00:00:10")]
    [InlineData(101, "00:00:01", "14.00:00:00", "00:00:10")] // Orders rejects orders with more than 100 lines.
    [InlineData(100, "00:00:00", "14.00:00:00", "00:00:10")]
    [InlineData(100, "00:00:01", "00:00:01", "00:00:10")]
    [InlineData(100, "00:00:01", "14.00:00:00", "00:05:01")]
    public void Options_are_invalid_when_a_value_is_out_of_range(
        int maxLines, string priceTimeout, string timeToLive, string maxProductAge)
    {
        var options = new CartOptions
        {
            MaxLines = maxLines,
            PriceTimeout = TimeSpan.Parse(priceTimeout),
            TimeToLive = TimeSpan.Parse(timeToLive),
            MaxProductAge = TimeSpan.Parse(maxProductAge),
        };
        Assert.True(new CartOptionsValidator().Validate(null, options).Failed);
    }

    [Theory]
    [InlineData("https://orders.example.org", true)]
    [InlineData("orders.example.org", false)]
    public void Public_address_of_orders_is_an_absolute_url(string url, bool valid) =>
        Assert.Equal(valid, new CartOptionsValidator().Validate(null, new CartOptions { OrdersPublicUrl = url }).Succeeded);

    [Fact]
    public void Default_options_are_valid() =>
        Assert.True(new CartOptionsValidator().Validate(null, new CartOptions()).Succeeded);
}
