using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Shop.Messaging;

namespace Shop.Orders.Payment;

/// <summary>Settings of the calls to the payment provider.</summary>
internal sealed class PaymentOptions
{
    /// <summary>The configuration section of these options.</summary>
    public const string Section = "Payment";

    /// <summary>
    /// The time limit of a call to the payment provider, from 100 milliseconds to 1 minute. The operation is repeated later. Must be
    /// shorter than <c>Shop:Messaging:HandlerTimeout</c>.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(8);
}

[OptionsValidator]
internal sealed partial class PaymentOptionsValidator : IValidateOptions<PaymentOptions>;

/// <summary>An order whose charge takes longer than its message may be handled would never be paid.</summary>
internal sealed class PaymentCallTimeoutValidator(IOptions<MessagingOptions> messaging) : IValidateOptions<PaymentOptions>
{
    public ValidateOptionsResult Validate(string? name, PaymentOptions options) =>
        options.CallTimeout < messaging.Value.HandlerTimeout
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"{PaymentOptions.Section}:{nameof(PaymentOptions.CallTimeout)} must be shorter than "
                + $"{MessagingOptions.Section}:{nameof(MessagingOptions.HandlerTimeout)} ({messaging.Value.HandlerTimeout}).");
}
