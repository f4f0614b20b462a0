using Shop.Messaging;

namespace Shop.Tests.Unit.Messaging;

public class MessagingOptionsTests
{
    public static TheoryData<string, Action<MessagingOptions>> InvalidValues => new()
    {
        { nameof(MessagingOptions.PublishTimeout), options => options.PublishTimeout = TimeSpan.Zero },
        { nameof(MessagingOptions.Prefetch), options => options.Prefetch = 0 },
        { nameof(MessagingOptions.ConflictRetries), options => options.ConflictRetries = -1 },
        { nameof(MessagingOptions.TransientRetries), options => options.TransientRetries = 51 },
        { nameof(MessagingOptions.InitialRetryDelay), options => options.InitialRetryDelay = TimeSpan.Zero },
        { nameof(MessagingOptions.MaxRetryDelay), options => options.MaxRetryDelay = TimeSpan.FromHours(1) },
    };

    [Theory]
    [MemberData(nameof(InvalidValues))]
    public void Invalid_value_is_reported_with_the_name_of_its_setting(string setting, Action<MessagingOptions> set)
    {
        var options = new MessagingOptions();
        Assert.True(new MessagingOptionsValidator().Validate(null, options).Succeeded);

        set(options);

        Assert.Contains(setting, new MessagingOptionsValidator().Validate(null, options).FailureMessage, StringComparison.Ordinal);
    }
}
