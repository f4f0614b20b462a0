using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Orders.Recipients;

internal sealed class RecipientOptions
{
    public const string Section = "Recipients";

    /// <summary>How often each replica looks for data under an older key, after its start.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RenewEvery { get; set; } = TimeSpan.FromMinutes(10);
}

[OptionsValidator]
internal sealed partial class RecipientOptionsValidator : IValidateOptions<RecipientOptions>;
