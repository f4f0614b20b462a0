using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Orders.Ordering;

/// <summary>Settings of order processing.</summary>
internal sealed class OrderingOptions
{
    /// <summary>The configuration section of these options.</summary>
    public const string Section = "Orders";

    /// <summary>
    /// The time within which a customer must confirm a payment with their bank, from 1 second to 1 day; then the order is rejected. Must
    /// be shorter than <c>Stock:ReservationTimeout</c>, the time for which Catalog reserves the stock.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan PaymentTimeout { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>
    /// The time after which an order is ended although its message was not processed, from 1 second to 1 day. Should be longer than all
    /// redeliveries of a message take (<c>Shop:Messaging:MaxRedeliveries</c>).
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan ProcessingTimeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>
    /// The age above which a checkout is rejected instead of charged, for example when its message is replayed from the error queue, from
    /// 1 minute to 7 days.
    /// </summary>
    [Range(typeof(TimeSpan), "00:01:00", "7.00:00:00")]
    public TimeSpan MaxCheckoutAge { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The interval at which each replica checks for overdue orders, from 100 milliseconds to 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan OverdueCheckInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The time for which a replica has an order to itself, before another replica may process it, from 1 second to 1 hour. The replica
    /// stops its work on an overdue order before that.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(30);
}

[OptionsValidator]
internal sealed partial class OrderingOptionsValidator : IValidateOptions<OrderingOptions>;
