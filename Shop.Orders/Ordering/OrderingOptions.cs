using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Shop.Messaging;
using Shop.Orders.Payment;

namespace Shop.Orders.Ordering;

/// <summary>Settings of order processing.</summary>
internal sealed class OrderingOptions
{
    /// <summary>The configuration section of these options.</summary>
    public const string Section = "Orders";

    /// <summary>
    /// The time within which a customer must confirm a payment with their bank, from 1 second to 1 day; then the order is rejected. Must
    /// be shorter than <c>Stock:ReservationTimeout</c>, the time for which Catalog reserves the stock; where that is changed, Orders needs
    /// the setting as well.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan PaymentConfirmationTimeout { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>
    /// The time after which an order is ended although its message was not processed, from 1 second to 1 day. Must be longer than all
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

    /// <summary>
    /// The interval at which each replica looks for the time at which the next order is overdue, from 100 milliseconds to 10 minutes. It
    /// completes the order at that time. Where <c>Orders:LeaseDuration</c> or <c>Orders:PaymentConfirmationTimeout</c> is shorter, that is
    /// the interval, so that every replica knows the time before it is reached.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan OverdueCheckInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The time for which a replica has an order to itself, before another replica may process it, from 1 second to 1 hour. The replica
    /// stops its work on an overdue order after 80 % of it, which must be longer than the calls in it may take
    /// (<c>Payment:CallTimeout</c> twice, <c>Shop:Messaging:PublishTimeout</c> and a call to Catalog).
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(40);

    // The work on an order ends before its lease does, so that no two replicas work on it.
    internal TimeSpan WorkDuration => LeaseDuration * 0.8;

    // An order is saved with a due time that is at least this far ahead.
    internal TimeSpan MaxCheckInterval => ((TimeSpan[])[OverdueCheckInterval, LeaseDuration, PaymentConfirmationTimeout]).Min();
}

[OptionsValidator]
internal sealed partial class OrderingOptionsValidator : IValidateOptions<OrderingOptions>;

/// <summary>Rejects times with which orders would be given up, or worked on by two replicas, while they are processed.</summary>
internal sealed class OrderingTimesValidator(
    IOptions<PaymentOptions> payment, IOptions<MessagingOptions> messaging, IConfiguration configuration)
    : IValidateOptions<OrderingOptions>
{
    private const string ReservationTimeout = "Stock:ReservationTimeout";

    // The default of Catalog.
    private static readonly TimeSpan _defaultReservationTimeout = TimeSpan.FromMinutes(20);

    public ValidateOptionsResult Validate(string? name, OrderingOptions options)
    {
        var errors = new ValidateOptionsResultBuilder();
        var reservation = configuration.GetValue(ReservationTimeout, _defaultReservationTimeout);
        if (options.PaymentConfirmationTimeout >= reservation)
        {
            errors.AddError(
                $"{OrderingOptions.Section}:{nameof(OrderingOptions.PaymentConfirmationTimeout)} must be shorter than {ReservationTimeout} "
                + $"({reservation}).");
        }

        var redeliveries = messaging.Value.GetRedeliveryTime();
        if (options.ProcessingTimeout <= redeliveries)
        {
            errors.AddError(
                $"{OrderingOptions.Section}:{nameof(OrderingOptions.ProcessingTimeout)} must be longer than the redeliveries of a message "
                + $"({redeliveries}), of which {MessagingOptions.Section}:{nameof(MessagingOptions.MaxRedeliveries)} is the number.");
        }

        // The result of the charge, the commit of the stock, the reversal of the charge and the outcome.
        var calls = (payment.Value.CallTimeout * 2) + OrderCompletion.CatalogTimeout + messaging.Value.PublishTimeout;
        if (options.WorkDuration <= calls)
        {
            errors.AddError(
                $"80 % of {OrderingOptions.Section}:{nameof(OrderingOptions.LeaseDuration)} must be longer than the calls to complete an "
                + $"order may take ({calls}): {PaymentOptions.Section}:{nameof(PaymentOptions.CallTimeout)} twice, "
                + $"{MessagingOptions.Section}:{nameof(MessagingOptions.PublishTimeout)} and {OrderCompletion.CatalogTimeout}.");
        }

        return errors.Build();
    }
}
