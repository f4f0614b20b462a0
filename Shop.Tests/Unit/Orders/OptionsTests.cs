using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Options;
using Shop.Messaging;
using Shop.Orders.Ordering;
using Shop.Orders.Payment;
using Shop.Orders.Payment.Simulator;
using Shop.Orders.Payment.Webhook;
using Shop.Orders.Recipients;
using Shop.Tests.Support;

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
        { "CallTimeout", () => new PaymentOptionsValidator().Validate(null, new PaymentOptions { CallTimeout = TimeSpan.Zero }) },
        { "Payment:CallTimeout", () => ValidateTimeout(TimeSpan.FromSeconds(15)) }, // as long as a message may be handled
        { "Payment:Simulator:Latency", () => ValidateStart(new SimulatorOptions { Latency = TimeSpan.FromSeconds(8) }) },
        { "Payment:Simulator:AllowInProduction", () => ValidateStart(new SimulatorOptions(), Environments.Production) },
        { "PaymentConfirmationTimeout", () => Validate(new OrderingOptions { PaymentConfirmationTimeout = TimeSpan.Zero }) },
        {
            "Orders:PaymentConfirmationTimeout must be shorter than Stock:ReservationTimeout",
            () => ValidateTimes(new OrderingOptions { PaymentConfirmationTimeout = TimeSpan.FromMinutes(20) })
        },
        {
            "Orders:ProcessingTimeout must be longer than the redeliveries of a message (00:21:10)",
            () => ValidateTimes(new OrderingOptions { ProcessingTimeout = new(0, 21, 10) })
        },
        { "Orders:LeaseDuration", () => ValidateTimes(new OrderingOptions { LeaseDuration = TimeSpan.FromSeconds(30) }) },
        { "Payment:CallTimeout", () => ValidateTimes(new OrderingOptions(), callTimeout: TimeSpan.FromSeconds(14)) },
        { "ProcessingTimeout", () => Validate(new OrderingOptions { ProcessingTimeout = TimeSpan.Zero }) },
        { "MaxCheckoutAge", () => Validate(new OrderingOptions { MaxCheckoutAge = TimeSpan.Zero }) },
        { "OverdueCheckInterval", () => Validate(new OrderingOptions { OverdueCheckInterval = TimeSpan.Zero }) },
        { "LeaseDuration", () => Validate(new OrderingOptions { LeaseDuration = TimeSpan.Zero }) },
        { "RetentionPeriod", () => Validate(new RecipientOptions { RetentionPeriod = TimeSpan.Zero }) },
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
        Assert.True(ValidateStart(new SimulatorOptions()).Succeeded);
        Assert.True(new PaymentOptionsValidator().Validate(null, new PaymentOptions()).Succeeded);
        Assert.True(ValidateTimeout(new PaymentOptions().CallTimeout).Succeeded);
        Assert.True(Validate(new OrderingOptions()).Succeeded);
        Assert.True(ValidateTimes(new OrderingOptions()).Succeeded);
        Assert.True(Validate(new RecipientOptions()).Succeeded);
        Assert.True(Validate(new PaymentWebhookOptions { Key = _key }).Succeeded);
    }

    [Fact]
    public void Customer_may_confirm_a_payment_for_as_long_as_the_stock_is_reserved()
    {
        var options = new OrderingOptions { PaymentConfirmationTimeout = TimeSpan.FromMinutes(45) };

        Assert.True(ValidateTimes(options, reservationTimeout: "01:00:00").Succeeded);
        Assert.True(ValidateTimes(options, reservationTimeout: "00:45:00").Failed);
    }

    [Fact]
    public void Simulator_starts_in_production_only_when_it_is_asked_for()
    {
        var error = Assert.Throws<OptionsValidationException>(
            () => InProcessService.Start("orders", settings: ("Payment:Simulator:AllowInProduction", "false")));
        Assert.Contains("does not start in Production", error.Message, StringComparison.Ordinal);
        Assert.True(ValidateStart(new SimulatorOptions { AllowInProduction = true }, Environments.Production).Succeeded);
        Assert.True(ValidateStart(new SimulatorOptions(), Environments.Staging).Succeeded);
    }

    [Fact]
    public void Signatures_are_stored_until_a_timestamp_from_the_future_is_out_of_range() => Assert.Equal(
        TimeSpan.FromSeconds(601), new PaymentWebhookOptions { TimestampTolerance = TimeSpan.FromMinutes(5) }.ReplayWindow);

    private static ValidateOptionsResult ValidateTimeout(TimeSpan timeout) =>
        new PaymentCallTimeoutValidator(Options.Create(new MessagingOptions()))
            .Validate(null, new PaymentOptions { CallTimeout = timeout });

    private static ValidateOptionsResult ValidateTimes(
        OrderingOptions options, TimeSpan? callTimeout = null, string? reservationTimeout = null) => new OrderingTimesValidator(
            Options.Create(new PaymentOptions { CallTimeout = callTimeout ?? new PaymentOptions().CallTimeout }),
            Options.Create(new MessagingOptions()),
            new ConfigurationBuilder().AddInMemoryCollection([new("Stock:ReservationTimeout", reservationTimeout)]).Build())
        .Validate(null, options);

    private static ValidateOptionsResult ValidateStart(SimulatorOptions options, string? environment = null) =>
        new SimulatorStartValidator(
            new HostingEnvironment { EnvironmentName = environment ?? Environments.Development }, Options.Create(new PaymentOptions()))
            .Validate(null, options);

    private static ValidateOptionsResult Validate(SimulatorOptions options) => new SimulatorOptionsValidator().Validate(null, options);

    private static ValidateOptionsResult Validate(OrderingOptions options) => new OrderingOptionsValidator().Validate(null, options);

    private static ValidateOptionsResult Validate(RecipientOptions options) => new RecipientOptionsValidator().Validate(null, options);

    private static ValidateOptionsResult Validate(PaymentWebhookOptions options) =>
        new PaymentWebhookOptionsValidator().Validate(null, options);
}
