using MassTransit;
using Shop.Contracts.Messages;
using Shop.Messaging;

namespace Shop.Tests.Unit.ServiceDefaults;

public class MessagingTests
{
    [Fact]
    public void Names_on_the_wire_are_words_for_people()
    {
        Assert.Equal("checkout-submitted", new KebabCaseEntityNameFormatter().FormatEntityName<CheckoutSubmitted>());
        Assert.Equal("fault-checkout-submitted", new KebabCaseEntityNameFormatter().FormatEntityName<Fault<CheckoutSubmitted>>());
        Assert.Equal("orders-checkout-submitted", KebabCaseEntityNameFormatter.QueuesOf("orders").Consumer<CheckoutSubmittedConsumer>());
    }

    public static TheoryData<string, Action<MessagingOptions>> BadKnobs => new()
    {
        { nameof(MessagingOptions.PublishTimeout), options => options.PublishTimeout = TimeSpan.Zero },
        { nameof(MessagingOptions.Prefetch), options => options.Prefetch = 0 },
        { nameof(MessagingOptions.ConflictRetries), options => options.ConflictRetries = -1 },
        { nameof(MessagingOptions.TransientRetries), options => options.TransientRetries = 51 },
        { nameof(MessagingOptions.InitialRetryDelay), options => options.InitialRetryDelay = TimeSpan.Zero },
        { nameof(MessagingOptions.MaxRetryDelay), options => options.MaxRetryDelay = TimeSpan.FromHours(1) },
    };

    [Theory]
    [MemberData(nameof(BadKnobs))]
    public void A_knob_at_a_bad_value_is_refused_by_name(string knob, Action<MessagingOptions> turn)
    {
        var options = new MessagingOptions();
        Assert.True(new MessagingOptionsValidator().Validate(null, options).Succeeded);
        turn(options);
        var result = new MessagingOptionsValidator().Validate(null, options);
        Assert.Contains(knob, result.FailureMessage, StringComparison.Ordinal);
    }

    private sealed class CheckoutSubmittedConsumer : IConsumer<CheckoutSubmitted>
    {
        public Task Consume(ConsumeContext<CheckoutSubmitted> context) => Task.CompletedTask;
    }
}
