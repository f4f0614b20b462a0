using System.Reflection;
using MassTransit;
using Microsoft.Extensions.Options;
using Shop.Messaging;

namespace Shop.Tests.Unit.ServiceDefaults.Messaging;

public class PublisherTests
{
    [Fact]
    public async Task A_broker_that_never_says_a_word_is_given_up()
    {
        var publisher = new Publisher(Silent.Endpoint(), Options.Create(new MessagingOptions { PublishTimeout = TimeSpan.FromMilliseconds(100) }));

        var given = await Assert.ThrowsAsync<BrokerUnavailableException>(() => publisher.PublishAsync(new Word("?"), Guid.NewGuid(), CancellationToken.None));
        Assert.IsAssignableFrom<OperationCanceledException>(given.InnerException);
    }

    [Fact]
    public async Task A_caller_who_has_gone_is_not_waited_for()
    {
        using var gone = new CancellationTokenSource();
        var publisher = new Publisher(Silent.Endpoint(), Options.Create(new MessagingOptions()));
        var publishing = publisher.PublishAsync(new Word("?"), Guid.NewGuid(), gone.Token);

        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => publishing);
    }

    public sealed record Word(string Text);

    /// <summary>Takes everything, heeds no token and never answers: as a channel does whose connection broke at the wrong moment.</summary>
    public class Silent : DispatchProxy
    {
        private readonly TaskCompletionSource _never = new();

        public static IPublishEndpoint Endpoint() => Create<IPublishEndpoint, Silent>();

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _never.Task;
    }
}
