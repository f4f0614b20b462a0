using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Shop.Telemetry.Hosting;

namespace Shop.Messaging.JourneyEvents;

/// <summary>
/// Publishes the events of the queue in batches, one after the other, oldest first. A batch that the broker does not confirm is sent again
/// until it does. Meanwhile that batch and the queue are moved to disk: after one second, or when the queue is half full.
/// </summary>
internal sealed class JourneyEventPublisher(
    JourneyEventQueue queue,
    JourneyEventBacklog backlog,
    IJourneyEventTransport transport,
    JourneyEventMetrics metrics,
    TimeProvider time,
    ILogger<JourneyEventPublisher> log) : IHostedLifecycleService, IAsyncDisposable
{
    private static readonly TimeSpan _initialRetryDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _maxRetryDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _spillDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _pollInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _recoveryInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _shutdownTimeout = TimeSpan.FromSeconds(1.5);

    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _aborting = new();
    private Task _running = Task.CompletedTask;

    // Complete when it is time to look for files again.
    private Task _recoveryDelay = Task.CompletedTask;
    private Task<bool>? _nextBatch;

    // When the first batch of the backlog began to wait, or when batches were last moved to disk because of it.
    private long _waitingSince;
    private int _failures;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        metrics.Start();
        _running = Task.Run(RunAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>
    /// Publishes what is left, when requests and handlers have ended and emit no more events. What the broker does not confirm at the
    /// first attempt, or in time, is moved to disk.
    /// </summary>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        queue.Complete();
        await _stopping.CancelAsync();
        _aborting.CancelAfter(_shutdownTimeout);
        await using var abort = cancellationToken.Register(_aborting.Cancel);
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        // A service that fails to start is not stopped.
        queue.Complete();
        await _stopping.CancelAsync();
        await _aborting.CancelAsync();
        await _running;
        await transport.DisposeAsync();
        _stopping.Dispose();
        _aborting.Dispose();
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task RunAsync()
    {
        Recover();
        while (await GetFirstAsync() is { } batch)
        {
            if (queue.IsHalfFull)
            {
                Spill();
            }

            if (await TryPublishAsync(batch))
            {
                continue;
            }

            if (_stopping.IsCancellationRequested)
            {
                break;
            }

            await SpillDuringAsync(Task.Delay(GetRetryDelay(), time, _stopping.Token));
        }

        SpillRest();
    }

    /// <summary>
    /// Waits for a batch: of the queue, or of the files of processes that have ended. Returns <see langword="null"/> when the queue is
    /// complete and empty.
    /// </summary>
    private async ValueTask<JourneyEventBatch?> GetFirstAsync()
    {
        while (backlog.First is null)
        {
            if (_recoveryDelay.IsCompleted && !_stopping.IsCancellationRequested)
            {
                Recover();
                continue;
            }

            _nextBatch ??= queue.WaitForBatchAsync().AsTask();
            if (await Task.WhenAny(_nextBatch, _recoveryDelay) != _nextBatch && !_stopping.IsCancellationRequested)
            {
                continue;
            }

            var hasBatch = await _nextBatch;
            _nextBatch = null;
            if (!hasBatch)
            {
                break;
            }

            backlog.Read();
            _waitingSince = time.GetTimestamp();
        }

        return backlog.First;
    }

    private void Recover()
    {
        if (backlog.Recover() is > 0 and var files)
        {
            log.SpilledEventsFound(files);
        }

        _recoveryDelay = Task.Delay(_recoveryInterval, time, _stopping.Token);
    }

    private async Task<bool> TryPublishAsync(JourneyEventBatch batch)
    {
        if (backlog.ReadFirst() is not { } body)
        {
            return true;
        }

        if (batch.WasSent)
        {
            metrics.AddRetried(batch.Count);
        }

        batch.WasSent = true;
        var publishing = transport.PublishAsync(body, _aborting.Token);
        await SpillDuringAsync(publishing);
        if (publishing.IsCompletedSuccessfully)
        {
            RecordPublished(batch);
            return true;
        }

        if (_failures++ == 0 && !_aborting.IsCancellationRequested)
        {
            log.EventsNotPublished(publishing.Exception?.GetBaseException().Message ?? "The broker did not confirm them in time.");
        }

        return false;
    }

    private void RecordPublished(JourneyEventBatch batch)
    {
        metrics.AddPublished(batch.Count);
        backlog.RemoveFirst();
        if (batch.File is not null)
        {
            metrics.AddReplayed(batch.Count);
        }

        if (_failures > 0)
        {
            _failures = 0;
            log.EventsPublishedAgain();
        }

        _waitingSince = time.GetTimestamp();
    }

    // Exponential backoff with jitter, so that the services do not retry at the same time.
    private TimeSpan GetRetryDelay()
    {
        var delay = RetryDelay.Get(_failures, _initialRetryDelay, _maxRetryDelay);
#pragma warning disable CA5394 // Nothing depends on the secrecy of a delay.
        return delay * (0.5 + Random.Shared.NextDouble() / 2);
#pragma warning restore CA5394
    }

    /// <summary>Waits until a task has ended, successfully or not, and moves events to disk while it runs for long.</summary>
    private async Task SpillDuringAsync(Task task)
    {
        while (!task.IsCompleted)
        {
            await Task.WhenAny(task, Task.Delay(_pollInterval, time));
            if (!task.IsCompleted && (queue.IsHalfFull || time.GetElapsedTime(_waitingSince) >= _spillDelay))
            {
                _waitingSince = time.GetTimestamp();
                Spill();
            }
        }
    }

    // No more than the current number of events, because the caller has to publish as well.
    private void Spill()
    {
        for (var remaining = queue.Count; remaining >= 0 && backlog.Spill() is > 0 and var moved;)
        {
            remaining -= moved;
        }
    }

    private void SpillRest()
    {
        while (backlog.Spill(isLastAttempt: true) > 0)
        {
        }

        if (backlog.CountInMemory() is > 0 and var lost)
        {
            metrics.AddLost(lost);
            log.EventsLostAtShutdown(lost);
        }
    }
}
