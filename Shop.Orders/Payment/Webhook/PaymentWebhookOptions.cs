using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Orders.Payment.Webhook;

/// <summary>Settings of the webhook that the payment provider calls.</summary>
internal sealed class PaymentWebhookOptions
{
    /// <summary>The configuration section of these options.</summary>
    public const string Section = "Payment:Webhook";

    /// <summary>The secret that the provider signs webhooks with, of 32 to 512 characters.</summary>
    [Required(ErrorMessage = $"{Section}:{nameof(Key)} is missing: webhook signatures cannot be verified without it.")]
    [StringLength(512, MinimumLength = 32)]
    public string Key { get; set; } = "";

    /// <summary>The previous secret, of 32 to 512 characters. It is accepted as well while the provider changes to the new one.</summary>
    [StringLength(512, MinimumLength = 32)]
    public string? PreviousKey { get; set; }

    /// <summary>
    /// The maximum age or clock skew of a signature's timestamp, from 5 seconds to 1 hour. Signatures are stored for longer than that, to
    /// detect replays.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:05", "01:00:00")]
    public TimeSpan TimestampTolerance { get; set; } = TimeSpan.FromMinutes(5);

    // A signature may be received with a timestamp in the future, and is valid until the tolerance after it has passed. Timestamps have
    // whole seconds.
    internal TimeSpan ReplayWindow => (2 * TimestampTolerance) + TimeSpan.FromSeconds(1);
}

[OptionsValidator]
internal sealed partial class PaymentWebhookOptionsValidator : IValidateOptions<PaymentWebhookOptions>;
