using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Orders.Payment.Webhook;

/// <summary>Settings of the webhook that the payment provider calls.</summary>
internal sealed class PaymentWebhookOptions
{
    public const string Section = "Payment:Webhook";

    /// <summary>The secret that the provider signs webhooks with. At least 32 characters.</summary>
    [Required(ErrorMessage = $"{Section}:{nameof(Key)} is missing: webhook signatures cannot be verified without it.")]
    [StringLength(512, MinimumLength = 32)]
    public string Key { get; set; } = "";

    /// <summary>The previous secret, which is accepted as well while the provider changes to the new one.</summary>
    [StringLength(512, MinimumLength = 32)]
    public string? PreviousKey { get; set; }

    /// <summary>
    /// The maximum age or clock skew of a signature's timestamp. Signatures are stored for longer than that, to detect replays.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:05", "01:00:00")]
    public TimeSpan TimestampTolerance { get; set; } = TimeSpan.FromMinutes(5);
}

[OptionsValidator]
internal sealed partial class PaymentWebhookOptionsValidator : IValidateOptions<PaymentWebhookOptions>;
