using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using RabbitMQ.Client;

namespace Shop.Messaging.ErrorQueues;

/// <summary>Lists, replays and discards the messages in the error queues of a service.</summary>
/// <remarks>
/// AMQP cannot read a message without taking it, so each operation takes messages and returns those that stay. Two concurrent callers in
/// different processes each see a part of the queue.
/// </remarks>
internal sealed class ErrorQueueBrowser(
    IReadOnlyList<string> queues, IMessageEnvelope envelope, IConfiguration configuration, IHostEnvironment host) : IAsyncDisposable
{
    private const int MaxRequeueChecks = 100;

    private static readonly TimeSpan _requeueCheckInterval = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _lock = new(1);
    private IConnection? _connection;

    /// <summary>The queues of the service's handlers, each of which has an error queue.</summary>
    public IReadOnlyList<string> Queues => queues;

    /// <summary>
    /// Returns the number of messages in an error queue. Creates the queue when it does not exist, since the broker dead-letters into it.
    /// </summary>
    public Task<uint> CountAsync(string queue, CancellationToken cancellationToken) =>
        WithChannelAsync(channel => DeclareAsync(channel, queue, cancellationToken), cancellationToken);

    /// <summary>Returns the number of messages in each error queue, by the queue of its handler.</summary>
    public Task<IReadOnlyDictionary<string, uint>> CountAsync(CancellationToken cancellationToken) =>
        WithChannelAsync(
            async channel =>
            {
                var counts = new Dictionary<string, uint>();
                foreach (var queue in queues)
                {
                    counts[queue] = await DeclareAsync(channel, queue, cancellationToken);
                }

                return (IReadOnlyDictionary<string, uint>)counts;
            }, cancellationToken);

    /// <summary>Returns the oldest messages of an error queue.</summary>
    public Task<IReadOnlyList<ErrorQueueMessage>> ReadAsync(string queue, int limit, CancellationToken cancellationToken) =>
        WithChannelAsync(
            async channel =>
            {
                var messages = new List<ErrorQueueMessage>();
                var tags = new List<ulong>();
                await DeclareAsync(channel, queue, cancellationToken);
                while (messages.Count < limit && await GetAsync(channel, queue, cancellationToken) is { } message)
                {
                    messages.Add(ErrorQueueMessage.From(message, envelope));
                    tags.Add(message.DeliveryTag);
                }

                await RequeueAsync(channel, queue, tags, cancellationToken);
                return (IReadOnlyList<ErrorQueueMessage>)messages;
            }, cancellationToken);

    /// <summary>Returns the message with this id, or every message that is in the error queue now, to its handler's queue.</summary>
    /// <param name="queue">The handler's queue.</param>
    /// <param name="id">The id; <see langword="null"/> for every message.</param>
    /// <param name="replayed">Is called after each message, so that the caller knows their number also when the operation fails.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public Task ReplayAsync(string queue, string? id, Action replayed, CancellationToken cancellationToken) => TakeAsync(
        queue,
        message => id is null || ErrorQueueMessage.GetId(message) == id,
        async (channel, message) =>
        {
            // At least once: published before it is acknowledged. Handlers are idempotent.
            await channel.BasicPublishAsync(
                "", queue, mandatory: true, ErrorQueueMessage.ToReplay(message.BasicProperties), message.Body, cancellationToken);
            replayed();
            await AcknowledgeAsync(channel, message, cancellationToken);
        },
        cancellationToken);

    /// <summary>Deletes the matching messages from the error queue.</summary>
    /// <param name="queue">The handler's queue.</param>
    /// <param name="matches">Whether a message is deleted.</param>
    /// <param name="discarded">Is called after each message, so that the caller knows their number also when the operation fails.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public Task DiscardAsync(
        string queue, Func<BasicGetResult, bool> matches, Action discarded, CancellationToken cancellationToken) => TakeAsync(
        queue,
        matches,
        async (channel, message) =>
        {
            await AcknowledgeAsync(channel, message, cancellationToken);
            discarded();
        },
        cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }

        _lock.Dispose();
    }

    private async Task TakeAsync(
        string queue,
        Func<BasicGetResult, bool> matches,
        Func<IChannel, BasicGetResult, Task> take,
        CancellationToken cancellationToken) =>
        await WithChannelAsync(
            async channel =>
            {
                var others = new List<ulong>();
                // Only as many as there are now: messages that fail again return to the end of the queue, and the loop would not end.
                for (var remaining = await DeclareAsync(channel, queue, cancellationToken); remaining > 0; remaining--)
                {
                    if (await GetAsync(channel, queue, cancellationToken) is not { } message)
                    {
                        break;
                    }

                    if (!matches(message))
                    {
                        others.Add(message.DeliveryTag);
                        continue;
                    }

                    await take(channel, message);
                }

                await RequeueAsync(channel, queue, others, cancellationToken);
                return true;
            }, cancellationToken);

    private static async Task AcknowledgeAsync(IChannel channel, BasicGetResult message, CancellationToken cancellationToken) =>
        await channel.BasicAckAsync(message.DeliveryTag, multiple: false, cancellationToken);

    private static Task<BasicGetResult?> GetAsync(IChannel channel, string queue, CancellationToken cancellationToken) =>
        channel.BasicGetAsync(QueueTopology.ErrorQueueFor(queue), autoAck: false, cancellationToken);

    // The broker requeues messages asynchronously, at the positions that they had. Without the wait the next reader would find the queue
    // empty.
    private static async Task RequeueAsync(IChannel channel, string queue, List<ulong> tags, CancellationToken cancellationToken)
    {
        foreach (var tag in tags)
        {
            await channel.BasicNackAsync(tag, multiple: false, requeue: true, cancellationToken);
        }

        for (var check = 0; check < MaxRequeueChecks && await DeclareAsync(channel, queue, cancellationToken) < tags.Count; check++)
        {
            await Task.Delay(_requeueCheckInterval, cancellationToken);
        }
    }

    private static async Task<uint> DeclareAsync(IChannel channel, string queue, CancellationToken cancellationToken) =>
        (await channel.QueueDeclareAsync(
            QueueTopology.ErrorQueueFor(queue), durable: true, exclusive: false, autoDelete: false, QueueTopology.ErrorQueueArguments,
            cancellationToken: cancellationToken)).MessageCount;

    // One operation at a time, so that no operation in this process runs while another has taken messages.
    private async Task<T> WithChannelAsync<T>(Func<IChannel, Task<T>> operation, CancellationToken cancellationToken)
    {
        await _lock.WaitAsync(cancellationToken);
        try
        {
            if (_connection is not { IsOpen: true })
            {
                if (_connection is not null)
                {
                    await _connection.DisposeAsync();
                }

                _connection = await new ConnectionFactory
                {
                    Uri = BrokerAddress.From(configuration),
                    ClientProvidedName = $"{host.ApplicationName} error queues",
                    RequestedConnectionTimeout = _timeout,
                    ContinuationTimeout = _timeout,
                    AutomaticRecoveryEnabled = false,
                }.CreateConnectionAsync(cancellationToken);
            }

            await using var channel = await _connection.CreateChannelAsync(
                new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancellationToken);
            return await operation(channel);
        }
        finally
        {
            _lock.Release();
        }
    }
}
