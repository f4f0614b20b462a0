namespace Shop.Insights.Alerts;

/// <summary>The state of an alert, and since when it has it.</summary>
/// <remarks>The states and <c>For</c> are those of Prometheus alerting rules; the lower limit to resolve is added.</remarks>
/// <param name="State">The state.</param>
/// <param name="Since">The first time with this state.</param>
internal readonly record struct AlertStatus(AlertState State, DateTimeOffset Since)
{
    /// <summary>Returns the status after a value was measured.</summary>
    /// <param name="limits">When the alert begins and ends.</param>
    /// <param name="value">The value.</param>
    /// <param name="at">The time of the value, which is later than that of the one before.</param>
    public AlertStatus Next(AlertLimits limits, double value, DateTimeOffset at) => State switch
    {
        AlertState.Inactive or AlertState.Resolved when value > limits.Threshold =>
            new(limits.For > TimeSpan.Zero ? AlertState.Pending : AlertState.Firing, at),
        AlertState.Pending when value <= limits.Threshold => new(AlertState.Inactive, at),
        AlertState.Pending when at - Since >= limits.For => new(AlertState.Firing, at),
        // Between the limits, a firing alert goes on: a rate that swings around the threshold is one alert.
        AlertState.Firing when value < limits.ResolveBelow => new(AlertState.Resolved, at),
        _ => this,
    };
}

/// <summary>When an alert begins and ends.</summary>
/// <param name="Threshold">The value above which it begins.</param>
/// <param name="ResolveBelow">The value below which it ends.</param>
/// <param name="For">How long the value must stay above the threshold.</param>
internal readonly record struct AlertLimits(double Threshold, double ResolveBelow, TimeSpan For);

/// <summary>The state of an alert.</summary>
internal enum AlertState
{
    /// <summary>The value is not above the threshold.</summary>
    Inactive,

    /// <summary>The value is above the threshold, but not yet for long enough.</summary>
    Pending,

    /// <summary>
    /// The value stayed above the threshold for at least <c>For</c>. The alert is sent to the configured channels, if there are any.
    /// </summary>
    Firing,

    /// <summary>The alert has ended.</summary>
    Resolved,
}
