using Microsoft.Extensions.Options;
using Shop.Orders.Ordering;
using Shop.Orders.Payment.Simulator;
using Shop.Orders.Payment.Webhook;
using Shop.Orders.Recipients;

namespace Shop.Tests.Unit.Orders;

public class OptionsTests
{
    private static readonly string _key = new('k', 32);

    public static TheoryData<string, Func<ValidateOptionsResult>> InvalidValues => new()
    {
        { "Latency", () => Validate(new SimulatorOptions { Latency = TimeSpan.FromSeconds(-1) }) },
        { "Latency", () => Validate(new SimulatorOptions { Latency = TimeSpan.FromMinutes(1) }) },
        { "DeclineRate", () => Validate(new SimulatorOptions { DeclineRate = -0.1 }) },
        { "DeclineRate", () => Validate(new SimulatorOptions { DeclineRate = 1.1 }) },
        { "DeclineRate", () => Validate(new SimulatorOptions { DeclineRate = double.NaN }) },
        { "FaultRate", () => Validate(new SimulatorOptions { FaultRate = 2 }) },
        { "ActionDelay", () => Validate(new SimulatorOptions { ActionDelay = TimeSpan.FromDays(1) }) },
        { "PollInterval", () => Validate(new SimulatorOptions { PollInterval = TimeSpan.Zero }) },
        { "WebhookUrl", () => Validate(new SimulatorOptions { WebhookUrl = "not a url" }) },
        { "PaymentTimeout", () => Validate(new OrderingOptions { PaymentTimeout = TimeSpan.Zero }) },
        { "OverdueCheckInterval", () => Validate(new OrderingOptions { OverdueCheckInterval = TimeSpan.Zero }) },
        { "LeaseDuration", () => Validate(new OrderingOptions { LeaseDuration = TimeSpan.Zero }) },
        { "ReencryptionInterval", () => Validate(new RecipientOptions { ReencryptionInterval = TimeSpan.Zero }) },
        { "Key", () => Validate(new PaymentWebhookOptions()) },
        { "Key", () => Validate(new PaymentWebhookOptions { Key = "short" }) },
        { "PreviousKey", () => Validate(new PaymentWebhookOptions { Key = _key, PreviousKey = "short" }) },
        { "TimestampTolerance", () => Validate(new PaymentWebhookOptions { Key = _key, TimestampTolerance = TimeSpan.Zero }) },
        { "TimestampTolerance", () => Validate(new PaymentWebhookOptions { Key = _key, TimestampTolerance = TimeSpan.FromDays(1) }) },
    };

    [Theory]
    [MemberData(nameof(InvalidValues))]
    public void Invalid_value_is_rejected_with_the_name_of_the_setting(string setting, Func<ValidateOptionsResult> validate) =>
        Assert.Contains(setting, validate().FailureMessage, StringComparison.Ordinal);

    [Fact]
    public void Default_values_are_valid()
    {
        Assert.True(Validate(new SimulatorOptions()).Succeeded);
        Assert.True(Validate(new OrderingOptions()).Succeeded);
        Assert.True(Validate(new RecipientOptions()).Succeeded);
        Assert.True(Validate(new PaymentWebhookOptions { Key = _key }).Succeeded);
    }

    private static ValidateOptionsResult Validate(SimulatorOptions options) => new SimulatorOptionsValidator().Validate(null, options);

    private static ValidateOptionsResult Validate(OrderingOptions options) => new OrderingOptionsValidator().Validate(null, options);

    private static ValidateOptionsResult Validate(RecipientOptions options) => new RecipientOptionsValidator().Validate(null, options);

    private static ValidateOptionsResult Validate(PaymentWebhookOptions options) =>
        new PaymentWebhookOptionsValidator().Validate(null, options);
}
