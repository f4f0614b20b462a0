using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using RabbitMQ.Client;

namespace Shop.Messaging.ErrorQueues;

/// <summary>
/// The error queues of this service's consumers: what is in them, back to work with it, or away with it. AMQP has no way to look
/// without taking, so all of it takes messages and gives back those that stay; two who look at the same time each see a part.
/// </summary>
internal sealed class ErrorQueueBrowser(IReadOnlyList<string> queues, IConfiguration configuration, IHostEnvironment host) : IAsyncDisposable
{
    private const int MaxAttempts = 100;

    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _turn = new(1);
    private IConnection? _connection;

    /// <summary>The consumers' queues, each of which has an error queue.</summary>
    public IReadOnlyList<string> Queues => queues;

    /// <summary>How many are parked. Creates the error queue when it is not there yet: the broker parks into it by itself.</summary>
    public Task<uint> CountAsync(string queue, CancellationToken cancellationToken) =>
        WithChannelAsync(channel => DeclareAsync(channel, queue, cancellationToken), cancellationToken);

    /// <summary>The oldest of them, first in, first out.</summary>
    public Task<IReadOnlyList<ErrorQueueMessage>> ReadAsync(string queue, int limit, CancellationToken cancellationToken) => WithChannelAsync(
        async channel =>
        {
            var found = new List<ErrorQueueMessage>();
            var tags = new List<ulong>();
            await DeclareAsync(channel, queue, cancellationToken);
            while (found.Count < limit && await channel.BasicGetAsync(Messaging.Queues.ErrorsOf(queue), autoAck: false, cancellationToken) is { } message)
            {
                found.Add(ErrorQueueMessage.Of(message));
                tags.Add(message.DeliveryTag);
            }

            await GiveBackAsync(channel, queue, tags, cancellationToken);
            return (IReadOnlyList<ErrorQueueMessage>)found;
        }, cancellationToken);

    /// <summary>Gives the message with this id, or every one that is parked now, back to its consumer. Returns how many.</summary>
    public Task<int> ReplayAsync(string queue, string? id, CancellationToken cancellationToken) => TakeOutAsync(
        queue, id,
        // In doubt it is there twice, which consumers are made for, rather than not at all: first in the queue, then out of this one.
        (channel, message) => channel.BasicPublishAsync(
            "", queue, mandatory: true, ErrorQueueMessage.ToReplay(message.BasicProperties), message.Body, cancellationToken),
        cancellationToken);

    /// <summary>Throws the message away. Returns how many had this id.</summary>
    public Task<int> DiscardAsync(string queue, string id, CancellationToken cancellationToken) =>
        TakeOutAsync(queue, id, (_, _) => ValueTask.CompletedTask, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
            await _connection.DisposeAsync();
        _turn.Dispose();
    }

    private Task<int> TakeOutAsync(
        string queue, string? id, Func<IChannel, BasicGetResult, ValueTask> first, CancellationToken cancellationToken) => WithChannelAsync(
        async channel =>
        {
            var taken = 0;
            var others = new List<ulong>();
            // As many as there are now: what fails again comes in behind, and would keep this going for ever.
            for (var left = await DeclareAsync(channel, queue, cancellationToken); left > 0; left--)
            {
                if (await channel.BasicGetAsync(Messaging.Queues.ErrorsOf(queue), autoAck: false, cancellationToken) is not { } message)
                    break;
                if (id is not null && ErrorQueueMessage.IdOf(message) != id)
                {
                    others.Add(message.DeliveryTag);
                    continue;
                }

                await first(channel, message);
                await channel.BasicAckAsync(message.DeliveryTag, multiple: false, cancellationToken);
                taken++;
            }

            await GiveBackAsync(channel, queue, others, cancellationToken);
            return taken;
        }, cancellationToken);

    // To the places that they had. The broker does it after it has said so: who looks next would find nothing, and is made to wait.
    private static async Task GiveBackAsync(IChannel channel, string queue, List<ulong> tags, CancellationToken cancellationToken)
    {
        foreach (var tag in tags)
            await channel.BasicNackAsync(tag, multiple: false, requeue: true, cancellationToken);
        for (var i = 0; i < MaxAttempts && await DeclareAsync(channel, queue, cancellationToken) < tags.Count; i++)
            await Task.Delay(_look, cancellationToken);
    }

    private static async Task<uint> DeclareAsync(IChannel channel, string queue, CancellationToken cancellationToken) =>
        (await channel.QueueDeclareAsync(
            Messaging.Queues.ErrorsOf(queue), durable: true, exclusive: false, autoDelete: false, Messaging.Queues.ErrorArguments,
            cancellationToken: cancellationToken)).MessageCount;

    // One at a time, so that nobody in this process looks while another has taken.
    private async Task<T> WithChannelAsync<T>(Func<IChannel, Task<T>> act, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_connection is not { IsOpen: true })
            {
                if (_connection is not null)
                    await _connection.DisposeAsync();
                _connection = await new ConnectionFactory
                {
                    Uri = MessagingExtensions.BrokerAddress(configuration),
                    ClientProvidedName = $"{host.ApplicationName} error queues",
                    RequestedConnectionTimeout = _patience,
                    ContinuationTimeout = _patience,
                    AutomaticRecoveryEnabled = false,
                }.CreateConnectionAsync(cancellationToken);
            }

            await using var channel = await _connection.CreateChannelAsync(
                new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancellationToken);
            return await act(channel);
        }
        finally
        {
            _turn.Release();
        }
    }
}
