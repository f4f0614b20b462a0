using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Shop.Web.SimulatedFaults;

/// <summary>Faults that a service simulates, for example to see that a bad canary is rolled back. Not possible in Production.</summary>
public sealed class SimulatedFaultOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Shop:SimulatedFaults";

    /// <summary>The share of the requests that are answered with 500 and not handled. 0 to 1.</summary>
    [Range(0.0, 1.0)]
    public double ErrorShare { get; set; }

    /// <summary>The time that each request waits before it is handled. 0 to 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan Delay { get; set; }

    internal bool IsAny => ErrorShare > 0 || Delay > TimeSpan.Zero;
}

[OptionsValidator]
internal sealed partial class SimulatedFaultOptionsValidator : IValidateOptions<SimulatedFaultOptions>;

internal sealed class SimulatedFaultEnvironmentValidator(IHostEnvironment host) : IValidateOptions<SimulatedFaultOptions>
{
    public ValidateOptionsResult Validate(string? name, SimulatedFaultOptions options) => options.IsAny && host.IsProduction()
        ? ValidateOptionsResult.Fail(
            $"{SimulatedFaultOptions.Section}:{nameof(SimulatedFaultOptions.ErrorShare)} and {nameof(SimulatedFaultOptions.Delay)} "
            + "must be 0 in Production.")
        : ValidateOptionsResult.Success;
}
