using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Orders.Recipients;

/// <summary>Settings of the recipients of orders. The keys are in the section <c>Shop:PersonalData</c>.</summary>
internal sealed class RecipientOptions
{
    /// <summary>The configuration section of these options.</summary>
    public const string Section = "Recipients";

    /// <summary>
    /// The interval at which each replica checks for recipients that are encrypted with an older key, from 1 second to 1 day. The first
    /// check is at startup.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan ReencryptionInterval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// The time after the last status change of an ended order at which its recipient is erased, from 1 day to 10 years. Checkout
    /// messages are deleted from the error queue after the same time. Without it, recipients are kept until they are erased on request.
    /// </summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3653.00:00:00")]
    public TimeSpan? RetentionPeriod { get; set; }
}

[OptionsValidator]
internal sealed partial class RecipientOptionsValidator : IValidateOptions<RecipientOptions>;
