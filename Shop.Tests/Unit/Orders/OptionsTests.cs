using Microsoft.Extensions.Options;
using Shop.Orders.Ordering;
using Shop.Orders.Payment.Simulator;
using Shop.Orders.Recipients;

namespace Shop.Tests.Unit.Orders;

public class OptionsTests
{
    public static TheoryData<string, Func<ValidateOptionsResult>> BadKnobs => new()
    {
        { "Latency", () => Validate(options => options.Latency = TimeSpan.FromSeconds(-1)) },
        { "Latency", () => Validate(options => options.Latency = TimeSpan.FromMinutes(1)) },
        { "DeclineRate", () => Validate(options => options.DeclineRate = -0.1) },
        { "DeclineRate", () => Validate(options => options.DeclineRate = 1.1) },
        { "DeclineRate", () => Validate(options => options.DeclineRate = double.NaN) },
        { "FaultRate", () => Validate(options => options.FaultRate = 2) },
        { "ActionDelay", () => Validate(options => options.ActionDelay = TimeSpan.FromDays(1)) },
        { "LookEvery", () => Validate(options => options.LookEvery = TimeSpan.Zero) },
        { "CallBackUrl", () => Validate(options => options.CallBackUrl = "not a url") },
        { "ActionLimit", () => new OrderingOptionsValidator().Validate(null, new OrderingOptions { ActionLimit = TimeSpan.Zero }) },
        { "RevisitEvery", () => new OrderingOptionsValidator().Validate(null, new OrderingOptions { RevisitEvery = TimeSpan.Zero }) },
        { "Grace", () => new OrderingOptionsValidator().Validate(null, new OrderingOptions { Grace = TimeSpan.Zero }) },
        { "RenewEvery", () => new RecipientOptionsValidator().Validate(null, new RecipientOptions { RenewEvery = TimeSpan.Zero }) },
    };

    [Theory]
    [MemberData(nameof(BadKnobs))]
    public void A_knob_at_a_bad_value_is_refused_by_name(string knob, Func<ValidateOptionsResult> validate) =>
        Assert.Contains(knob, validate().FailureMessage, StringComparison.Ordinal);

    [Fact]
    public void Nothing_has_to_be_set()
    {
        Assert.True(Validate(_ => { }).Succeeded);
        Assert.True(new OrderingOptionsValidator().Validate(null, new OrderingOptions()).Succeeded);
        Assert.True(new RecipientOptionsValidator().Validate(null, new RecipientOptions()).Succeeded);
    }

    private static ValidateOptionsResult Validate(Action<SimulatorOptions> turn)
    {
        var options = new SimulatorOptions();
        turn(options);
        return new SimulatorOptionsValidator().Validate(null, options);
    }
}
