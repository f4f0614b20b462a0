using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Orders.Ordering;

/// <summary>Settings of order processing.</summary>
internal sealed class OrderingOptions
{
    public const string Section = "Orders";

    /// <summary>
    /// The time within which a customer must confirm a payment with their bank; then the order is rejected. Must be shorter than Catalog
    /// reserves the stock (<c>Stock:HoldFor</c>).
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan PaymentTimeout { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>The interval at which each instance checks for overdue orders.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan OverdueCheckInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The time for which an instance has an order to itself, before another instance may process it.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(10);
}

[OptionsValidator]
internal sealed partial class OrderingOptionsValidator : IValidateOptions<OrderingOptions>;
