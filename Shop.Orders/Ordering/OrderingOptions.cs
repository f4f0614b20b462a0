using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Orders.Ordering;

internal sealed class OrderingOptions
{
    public const string Section = "Orders";

    /// <summary>How long a buyer may take to confirm a payment with their bank. Shorter than Catalog holds the pieces (<c>Stock:ReservationTimeout</c>).</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan ActionLimit { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How often each replica looks for orders that nobody has finished.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan RevisitEvery { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long whoever has an order in hand is left alone with it, before another tries.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(10);
}

[OptionsValidator]
internal sealed partial class OrderingOptionsValidator : IValidateOptions<OrderingOptions>;
