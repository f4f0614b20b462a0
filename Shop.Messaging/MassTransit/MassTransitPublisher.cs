using System.Globalization;
using MassTransit;
using Microsoft.Extensions.Options;

namespace Shop.Messaging.MassTransit;

internal sealed class MassTransitPublisher(
    IPublishEndpoint endpoint, IOptions<MessagingOptions> options, TimeProvider time, MessagingMetrics metrics) : IMessagePublisher
{
    public Task PublishAsync<TMessage>(TMessage message, Guid messageId, CancellationToken cancellationToken) where TMessage : class =>
        // Mandatory: otherwise the broker confirms and drops a message whose exchange has no queue; so the message is returned.
        MeasureAsync(message, messageId, isMandatory: true, cancellationToken);

    public Task BroadcastAsync<TMessage>(TMessage message, CancellationToken cancellationToken) where TMessage : class =>
        MeasureAsync(message, Guid.NewGuid(), isMandatory: false, cancellationToken);

    private async Task MeasureAsync<TMessage>(TMessage message, Guid messageId, bool isMandatory, CancellationToken cancellationToken)
        where TMessage : class
    {
        var start = time.GetTimestamp();
        Exception? failure = null;
        try
        {
            await PublishUntilConfirmedAsync(message, messageId, isMandatory, cancellationToken);
        }
        catch (Exception exception)
        {
            failure = exception;
            throw;
        }
        finally
        {
            metrics.RecordPublish(KebabCase.From(typeof(TMessage).Name), time.GetElapsedTime(start), failure);
        }
    }

    private async Task PublishUntilConfirmedAsync<TMessage>(
        TMessage message, Guid messageId, bool isMandatory, CancellationToken cancellationToken) where TMessage : class
    {
        // Without a connection MassTransit waits for one until the token is canceled.
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(options.Value.PublishTimeout);

        try
        {
            var publishing = endpoint.Publish(message, context =>
            {
                context.MessageId = messageId;
                context.Mandatory = isMandatory;
            }, timeout.Token);
            // The token alone is not enough: a publish whose connection breaks at that moment may never complete, and would block the
            // order's partition.
            await publishing.WaitAsync(timeout.Token);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BrokerUnavailableException(
                string.Create(CultureInfo.InvariantCulture, $"The broker did not confirm {typeof(TMessage).Name} {messageId}."), exception);
        }
    }
}
