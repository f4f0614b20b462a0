using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Orders.Payment.Simulator;

/// <summary>Settings of the simulated payment provider.</summary>
internal sealed class SimulatorOptions
{
    /// <summary>The configuration section of these options.</summary>
    public const string Section = "Payment:Simulator";

    /// <summary>
    /// Whether the service starts with the simulator in the Production environment. The simulator accepts test cards and moves no money.
    /// </summary>
    public bool AllowInProduction { get; set; }

    /// <summary>The response time of a charge, from 0 to 30 seconds. Must be shorter than <c>Payment:CallTimeout</c>.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:30")]
    public TimeSpan Latency { get; set; } = TimeSpan.Zero;

    /// <summary>The share of valid cards that are declined, from 0 to 1.</summary>
    [Range(0.0, 1.0)]
    public double DeclineRate { get; set; }

    /// <summary>The share of charges that fail before they are processed, from 0 to 1.</summary>
    [Range(0.0, 1.0)]
    public double FaultRate { get; set; }

    /// <summary>The time that customers take to confirm a payment with their bank, from 0 to 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan ActionDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The interval at which each replica checks for webhooks that another one has not sent, from 100 milliseconds to 1 minute. It sends
    /// those of its own charges when they are due.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The URL that webhooks are sent to. The default is the webhook endpoint of this replica.</summary>
    [Url]
    public string? WebhookUrl { get; set; }
}

[OptionsValidator]
internal sealed partial class SimulatorOptionsValidator : IValidateOptions<SimulatorOptions>;

/// <summary>Rejects a simulator that gives goods away, or one that no order can be paid with.</summary>
internal sealed class SimulatorStartValidator(IHostEnvironment host, IOptions<PaymentOptions> payment) : IValidateOptions<SimulatorOptions>
{
    public ValidateOptionsResult Validate(string? name, SimulatorOptions options)
    {
        if (host.IsProduction() && !options.AllowInProduction)
        {
            return ValidateOptionsResult.Fail(
                "The simulated payment provider accepts test cards and moves no money, so it does not start in Production. Register "
                + "another provider (docs/payment.md), or set "
                + $"{SimulatorOptions.Section}:{nameof(SimulatorOptions.AllowInProduction)} to true.");
        }

        return options.Latency < payment.Value.CallTimeout
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"{SimulatorOptions.Section}:{nameof(SimulatorOptions.Latency)} must be shorter than "
                + $"{PaymentOptions.Section}:{nameof(PaymentOptions.CallTimeout)} ({payment.Value.CallTimeout}): no order could be paid.");
    }
}
