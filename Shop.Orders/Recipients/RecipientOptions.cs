using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Orders.Recipients;

/// <summary>Settings of the encryption of recipients. The keys are in <see cref="Shop.Data.PersonalData.PersonalDataOptions"/>.</summary>
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
}

[OptionsValidator]
internal sealed partial class RecipientOptionsValidator : IValidateOptions<RecipientOptions>;
