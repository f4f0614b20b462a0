using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Telemetry.Propagation;

/// <summary>What applies to all services of the application.</summary>
public sealed class ServiceKeyOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Shop";

    /// <summary>
    /// The secret by which services of the application recognize each other: the same in all of them, 32 to 256 visible ASCII characters.
    /// Without one, every caller is untrusted. The AppHost generates it.
    /// </summary>
    [RegularExpression("^[!-~]{32,256}$")]
    public string? ServiceKey { get; set; }
}

[OptionsValidator]
internal sealed partial class ServiceKeyOptionsValidator : IValidateOptions<ServiceKeyOptions>;
