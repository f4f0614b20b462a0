using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Shop.Contracts;

namespace Shop.Cart.Carts;

/// <summary>Settings of carts.</summary>
internal sealed class CartOptions
{
    /// <summary>The configuration section of these options.</summary>
    public const string Section = "Cart";

    /// <summary>
    /// Maximum number of lines of a cart, from 1 to 100. An order cannot have more than 100 lines.
    /// </summary>
    [Range(1, OrderLimits.MaxLines)]
    public int MaxLines { get; set; } = OrderLimits.MaxLines;

    /// <summary>Time after which a cart that is neither read nor changed is deleted, from 1 minute to 366 days.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "366.00:00:00")]
    public TimeSpan TimeToLive { get; set; } = TimeSpan.FromDays(14);

    /// <summary>
    /// Base address at which clients reach Orders, such as <c>https://orders.example.org</c>. The Location of a checkout begins with it.
    /// Without it, Location is relative, for a host that serves the APIs of all services.
    /// </summary>
    [Url]
    public string? OrdersPublicUrl { get; set; }

    /// <summary>
    /// Timeout of price requests to Catalog, from 50 milliseconds to 30 seconds. After a timeout, the cart is returned without prices. A
    /// checkout waits for at least 3 seconds.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:00:30")]
    public TimeSpan PriceTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Time for which a process uses a cached product, from 0 to 5 minutes; 0 disables the cache. A message corrects a changed price
    /// sooner: this is the maximum age of a price if the message is lost, and of the available units. A checkout never uses the cache.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    // Shorter than a customer takes from a cart to its checkout, and long enough that a product in demand costs next to no calls.
    public TimeSpan MaxProductAge { get; set; } = TimeSpan.FromSeconds(10);
}

[OptionsValidator]
internal sealed partial class CartOptionsValidator : IValidateOptions<CartOptions>;
