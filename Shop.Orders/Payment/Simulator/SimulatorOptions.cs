using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Orders.Payment.Simulator;

internal sealed class SimulatorOptions
{
    public const string Section = "Payment:Simulator";

    /// <summary>How long it takes to answer.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:30")]
    public TimeSpan Latency { get; set; } = TimeSpan.Zero;

    /// <summary>The share of good cards that are declined all the same.</summary>
    [Range(0.0, 1.0)]
    public double DeclineRate { get; set; }

    /// <summary>The share of requests that fail before anything is done.</summary>
    [Range(0.0, 1.0)]
    public double FaultRate { get; set; }

    /// <summary>How long buyers take to confirm with their bank.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan ActionDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How often each replica looks for buyers who have confirmed.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan LookEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Where to call back; this service itself when it is not said.</summary>
    [Url]
    public string? CallBackUrl { get; set; }
}

[OptionsValidator]
internal sealed partial class SimulatorOptionsValidator : IValidateOptions<SimulatorOptions>;
