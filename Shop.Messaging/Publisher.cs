using System.Globalization;
using MassTransit;
using Microsoft.Extensions.Options;

namespace Shop.Messaging;

/// <summary>Sends a message so that it is really sent: returns when the broker has it safe in at least one queue, and throws otherwise.</summary>
public sealed class Publisher(IPublishEndpoint endpoint, IOptions<MessagingOptions> options)
{
    /// <param name="message">What happened.</param>
    /// <param name="messageId">The business key. Sent again, it is the same message again, for people and for consumers.</param>
    /// <param name="cancellationToken">The caller's patience; a limit of our own comes on top.</param>
    /// <exception cref="BrokerUnavailableException">No confirmation in time. The message may or may not have arrived: send it again.</exception>
    public async Task PublishAsync<T>(T message, Guid messageId, CancellationToken cancellationToken) where T : class
    {
        // Without a broker MassTransit waits for one as long as the token lets it.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(options.Value.PublishTimeout);

        try
        {
            var published = endpoint.Publish(message, context =>
            {
                context.MessageId = messageId;
                // An exchange without a queue swallows what it is given and confirms it. Mandatory gives it back instead.
                context.Mandatory = true;
            }, patience.Token);
            // The token is not all: a publish in the moment in which its connection breaks may never end, and with it the turn of its order.
            await published.WaitAsync(patience.Token);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BrokerUnavailableException(
                string.Create(CultureInfo.InvariantCulture, $"{typeof(T).Name} {messageId} was not confirmed by the broker."), exception);
        }
    }
}
