using System.Threading.Channels;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using OpenTelemetry;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Shop.Data;
using Shop.Messaging.JourneyEvents;

namespace Shop.Insights.Events;

/// <summary>
/// Stores the journey events of the queue in batches. A message is acknowledged after the commit of its events, so it is delivered again
/// if this process or the database stops before.
/// </summary>
internal sealed class EventConsumer(
    IConfiguration configuration,
    EventStore store,
    EventMetrics metrics,
    TimeProvider time,
    ILogger<EventConsumer> log) : BackgroundService, IHealthCheck
{
    // Messages that are not acknowledged, of up to some hundred events each. While a batch is written, the next one arrives.
    private const ushort Prefetch = 400;

    // Events that are written in one transaction.
    private const int BatchSize = 5000;

    // How long the first event of a batch waits for others.
    private static readonly TimeSpan _batchDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan _heartbeat = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _connectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _closeTimeout = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan _retryDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _publishTimeout = TimeSpan.FromSeconds(10);

    private readonly Uri _address = new(configuration.GetConnectionString("rabbitmq")
        ?? throw new InvalidOperationException("ConnectionStrings:rabbitmq is missing. Expected format: amqp://user:password@host:5672."));

    private string? _failure = "The service is starting.";

    /// <summary>Gets whether events are stored as they arrive.</summary>
    public bool IsWorking => Volatile.Read(ref _failure) is null;

    /// <summary>Degraded while no events are stored: the pages still work.</summary>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Volatile.Read(ref _failure) is { } failure
            ? HealthCheckResult.Degraded($"No events are stored: {failure}")
            : HealthCheckResult.Healthy("Events are stored as they arrive."));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Untraced: each batch would be a trace of its own.
        using var untraced = SuppressInstrumentationScope.Begin();
        metrics.Start();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ConsumeAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever ends a connection, the next one starts where it ended.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                SetFailure(exception);
                await Task.Delay(_retryDelay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ConsumeAsync(CancellationToken stoppingToken)
    {
        var factory = new ConnectionFactory
        {
            Uri = _address,
            ClientProvidedName = "insights journey events",
            RequestedHeartbeat = _heartbeat,
            RequestedConnectionTimeout = _connectTimeout,
            ContinuationTimeout = _connectTimeout,
            AutomaticRecoveryEnabled = false,
        };
        await using var connection = await factory.CreateConnectionAsync(stoppingToken);
        try
        {
            await using var channel = await connection.CreateChannelAsync(
                new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), stoppingToken);
            await EventQueue.DeclareAsync(channel, stoppingToken);
            await channel.BasicQosAsync(0, Prefetch, global: false, stoppingToken);
            var deliveries = Channel.CreateUnbounded<Delivery>(new() { SingleReader = true, SingleWriter = true });
            var consumer = new AsyncEventingBasicConsumer(channel);
            consumer.ReceivedAsync += (_, message) =>
            {
                // The body is valid until this method returns.
                deliveries.Writer.TryWrite(new(message.DeliveryTag, message.Body.ToArray()));
                return Task.CompletedTask;
            };
            consumer.ShutdownAsync += (_, reason) =>
            {
                deliveries.Writer.TryComplete(new IOException($"RabbitMQ has closed the channel: {reason.ReplyText}"));
                return Task.CompletedTask;
            };
            consumer.UnregisteredAsync += (_, _) =>
            {
                deliveries.Writer.TryComplete(new IOException("RabbitMQ has cancelled the consumer: the queue was deleted."));
                return Task.CompletedTask;
            };
            await channel.BasicConsumeAsync(EventQueue.Name, autoAck: false, consumer, stoppingToken);
            SetWorking();
            while (await deliveries.Reader.WaitToReadAsync(stoppingToken))
            {
                var (messages, events) = await ReadBatchAsync(channel, deliveries.Reader, stoppingToken);
                await StoreAsync(channel, messages, events, stoppingToken);
                await channel.BasicAckAsync(messages[^1].Tag, multiple: true, stoppingToken);
                SetWorking();
            }
        }
        finally
        {
            // Closes the channel too, and does not throw.
            await connection.AbortAsync(_closeTimeout);
        }
    }

    private async Task<(List<Delivery> Messages, List<StoredEvent> Events)> ReadBatchAsync(
        IChannel channel, ChannelReader<Delivery> deliveries, CancellationToken stoppingToken)
    {
        var (messages, events) = (new List<Delivery>(), new List<StoredEvent>());
        using var delay = new CancellationTokenSource(_batchDelay, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, delay.Token);
        try
        {
            while (events.Count < BatchSize && messages.Count < Prefetch / 2
                && await deliveries.WaitToReadAsync(limit.Token))
            {
                while (events.Count < BatchSize && messages.Count < Prefetch / 2 && deliveries.TryRead(out var message))
                {
                    messages.Add(message);
                    if (Parse(message, out var failure) is { } parsed)
                    {
                        events.AddRange(parsed);
                    }
                    else
                    {
                        await MoveToErrorQueueAsync(channel, message, failure!, stoppingToken);
                    }
                }
            }
        }
        catch (OperationCanceledException) when (messages.Count > 0 && !stoppingToken.IsCancellationRequested)
        {
            // The batch is complete by time.
        }

        return (messages, events);
    }

    private static List<StoredEvent>? Parse(Delivery message, out Exception? failure)
    {
        failure = null;
        try
        {
            return [.. JourneyEventRecord.ParseBatch(message.Body).Select(StoredEvent.From)];
        }
#pragma warning disable CA1031 // A message that is JSON may still be none of ours, and fail anywhere.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = exception;
            return null;
        }
    }

    private async Task StoreAsync(
        IChannel channel, List<Delivery> messages, List<StoredEvent> events, CancellationToken stoppingToken)
    {
        try
        {
            await StoreUntilDoneAsync(events, stoppingToken);
            return;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Below: something in one of the messages cannot be stored.
        }

        foreach (var message in messages)
        {
            if (Parse(message, out _) is not { } parsed)
            {
                continue;
            }

            try
            {
                await StoreUntilDoneAsync(parsed, stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                await MoveToErrorQueueAsync(channel, message, exception, stoppingToken);
            }
        }
    }

    // The broker keeps the messages while the database is away, or refuses this service, for example after a change of its password.
    private async Task StoreUntilDoneAsync(List<StoredEvent> events, CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                metrics.Add(await store.StoreAsync(events, stoppingToken));
                return;
            }
            catch (Exception exception) when (DatabaseErrors.IsOfServer(exception) && !stoppingToken.IsCancellationRequested)
            {
                SetFailure(exception);
                await Task.Delay(_retryDelay, time, stoppingToken);
            }
        }
    }

    private async Task MoveToErrorQueueAsync(
        IChannel channel, Delivery message, Exception failure, CancellationToken cancellationToken)
    {
        var properties = new BasicProperties { Persistent = true, ContentType = "application/json" };
        // A publish whose connection breaks at that moment, or while the broker has no memory or disk left, may never complete. After a
        // timeout, the next connection starts with this message.
        await channel.BasicPublishAsync("", EventQueue.ErrorName, mandatory: true, properties, message.Body, cancellationToken)
            .AsTask().WaitAsync(_publishTimeout, time, cancellationToken);
        metrics.AddUnreadable();
        log.MessageUnreadable(EventQueue.ErrorName, message.Body.Length, failure);
    }

    private void SetWorking()
    {
        if (Interlocked.Exchange(ref _failure, null) is not null)
        {
            log.EventsStored();
        }
    }

    private void SetFailure(Exception exception)
    {
        if (Interlocked.Exchange(ref _failure, exception.Message) is null)
        {
            log.EventsNotStored(exception);
        }
    }

    private readonly record struct Delivery(ulong Tag, byte[] Body);
}
