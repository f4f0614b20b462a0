using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Shop.Cart.Carts;

namespace Shop.Tests.Unit.Cart;

public class CartRulesTests
{
    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(99, true)]
    [InlineData(100, false)]
    [InlineData(-1, false)]
    [InlineData(int.MaxValue, false)]
    public void A_line_has_one_to_ninety_nine_pieces(int quantity, bool valid) =>
        Assert.Equal(valid, typeof(SetLineRequest).GetConstructors()[0].GetParameters()[0]
            .GetCustomAttributes(typeof(RangeAttribute), false).Cast<RangeAttribute>().Single().IsValid(quantity));

    [Theory]
    [InlineData("c1", true)]
    [InlineData("0f8fad5b-d9cb-469f-a165-70867728950e", true)]
    [InlineData("", false)]
    [InlineData("with space", false)]
    [InlineData("with}brace", false)] // would end the hash tag in the Redis key
    [InlineData("with:colon", false)] // would reach the keys of other things
    [InlineData("newline\n", false)]
    public void A_cart_id_is_a_word_that_is_safe_in_a_key(string cartId, bool valid) =>
        Assert.Equal(valid, new RegularExpressionAttribute(CartRules.CartIdPattern).IsValid(cartId) && Regex.IsMatch(cartId, CartRules.CartIdPattern));

    [Theory]
    [InlineData(0, "00:00:01", "14.00:00:00")]
    [InlineData(101, "00:00:01", "14.00:00:00")]
    [InlineData(100, "00:00:00", "14.00:00:00")]
    [InlineData(100, "00:00:01", "00:00:01")]
    public void A_knob_at_a_bad_value_is_refused(int mostLines, string patience, string life)
    {
        var options = new CartOptions { MostLines = mostLines, PricePatience = TimeSpan.Parse(patience), Life = TimeSpan.Parse(life) };
        Assert.True(new CartOptionsValidator().Validate(null, options).Failed);
    }

    [Fact]
    public void The_knobs_as_they_come_are_accepted() =>
        Assert.True(new CartOptionsValidator().Validate(null, new CartOptions()).Succeeded);
}
