using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Shop.Contracts;

namespace Shop.Cart.Carts;

internal sealed class CartOptions
{
    public const string Section = "Cart";

    [Range(1, OrderLimits.MaxLines)]
    public int MostLines { get; set; } = 100;

    /// <summary>How long a cart that nobody looks at is kept.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "366.00:00:00")]
    public TimeSpan Life { get; set; } = TimeSpan.FromDays(14);

    /// <summary>How long a customer waits for prices before the cart is shown without.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:00:30")]
    public TimeSpan PricePatience { get; set; } = TimeSpan.FromSeconds(1);
}

[OptionsValidator]
internal sealed partial class CartOptionsValidator : IValidateOptions<CartOptions>;
