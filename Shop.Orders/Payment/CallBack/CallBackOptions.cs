using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Orders.Payment.CallBack;

internal sealed class CallBackOptions
{
    public const string Section = "Payment:Webhook";

    /// <summary>The secret that only the provider and this service know.</summary>
    [Required(ErrorMessage = $"{Section}:{nameof(Key)} is missing: call-backs cannot be told from forged ones without it."), StringLength(512, MinimumLength = 32)]
    public string Key { get; set; } = "";

    /// <summary>The one before, while the provider may still sign with it.</summary>
    [StringLength(512, MinimumLength = 32)]
    public string? PreviousKey { get; set; }

    /// <summary>How far the provider's clock and ours may be apart, the way included. As long must replays be remembered.</summary>
    [Range(typeof(TimeSpan), "00:00:05", "01:00:00")]
    public TimeSpan Window { get; set; } = TimeSpan.FromMinutes(5);
}

[OptionsValidator]
internal sealed partial class CallBackOptionsValidator : IValidateOptions<CallBackOptions>;
