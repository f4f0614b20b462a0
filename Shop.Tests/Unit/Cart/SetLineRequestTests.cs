using System.ComponentModel.DataAnnotations;
using Shop.Cart.Carts;

namespace Shop.Tests.Unit.Cart;

public class SetLineRequestTests
{
    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(99, true)]
    [InlineData(100, false)]
    [InlineData(-1, false)]
    [InlineData(int.MaxValue, false)]
    public void Quantity_is_valid_from_1_to_99(int quantity, bool valid) =>
        Assert.Equal(valid, typeof(SetLineRequest).GetConstructors()[0].GetParameters()[0]
            .GetCustomAttributes(typeof(RangeAttribute), false).Cast<RangeAttribute>().Single().IsValid(quantity));
}
