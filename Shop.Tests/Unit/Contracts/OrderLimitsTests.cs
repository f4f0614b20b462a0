using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Shop.Contracts;

namespace Shop.Tests.Unit.Contracts;

public class OrderLimitsTests
{
    [Theory]
    [InlineData("c1", true)]
    [InlineData("0f8fad5b-d9cb-469f-a165-70867728950e", true)]
    [InlineData("", false)]
    [InlineData("with space", false)]
    [InlineData("with}brace", false)] // would end the hash tag in the Redis key
    [InlineData("with:colon", false)] // separates the parts of a Redis key
    [InlineData("newline\n", false)]
    public void Cart_id_is_valid_when_it_is_safe_in_a_Redis_key(string cartId, bool valid) =>
        Assert.Equal(valid, new RegularExpressionAttribute(OrderLimits.CartIdPattern).IsValid(cartId)
            && Regex.IsMatch(cartId, OrderLimits.CartIdPattern));
}
