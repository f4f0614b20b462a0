using OpenTelemetry;
using Shop.Data;
using Shop.Insights.Spans.Calls;

namespace Shop.Insights.Spans;

/// <summary>
/// Stores the spans of the queue in batches. While the database is away or refuses this service, the queue fills, and the senders keep
/// their spans. Spans that were accepted are lost if the process is killed before they are stored.
/// </summary>
internal sealed class SpanWriter(
    SpanQueue queue, SpanStore store, SpanMetrics metrics, CallCounter calls, TimeProvider time, ILogger<SpanWriter> log)
    : BackgroundService
{
    private const int BatchSize = 5000;

    private static readonly TimeSpan _batchDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan _retryDelay = TimeSpan.FromSeconds(1);

    // Less than the time that the host has to stop.
    private static readonly TimeSpan _stopTimeout = TimeSpan.FromSeconds(2);

    private bool _isFailing;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Untraced: each batch would be a trace of its own, whose spans arrive here.
        using var untraced = SuppressInstrumentationScope.Begin();
        metrics.Start();
        var batch = new List<StoredSpan>();
        try
        {
            while (await queue.WaitAsync(stoppingToken))
            {
                if (queue.Count < BatchSize)
                {
                    await Task.Delay(_batchDelay, time, stoppingToken);
                }

                batch = queue.Take(BatchSize);
                await StoreAsync(batch, stoppingToken);
                batch = [];
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            batch.AddRange(queue.Take(int.MaxValue));
            using var timeout = new CancellationTokenSource(_stopTimeout, time);
            await StoreAsync(batch, timeout.Token, isLast: true);
        }
    }

    private async Task StoreAsync(List<StoredSpan> spans, CancellationToken cancellationToken, bool isLast = false)
    {
        while (true)
        {
            try
            {
                var stored = await store.StoreAsync(spans, cancellationToken);
                metrics.AddStored(stored.Count, spans.Count - stored.Count);
                calls.Add(stored);
                queue.Release(spans.Count);
                if (_isFailing)
                {
                    _isFailing = false;
                    log.SpansStored();
                }

                return;
            }
            catch (Exception exception) when (!isLast && DatabaseErrors.IsOfServer(exception) && !cancellationToken.IsCancellationRequested)
            {
                if (!_isFailing)
                {
                    _isFailing = true;
                    log.SpansNotStored(exception);
                }

                await Task.Delay(_retryDelay, time, cancellationToken);
            }
#pragma warning disable CA1031 // Other spans are stored, whatever is wrong with these.
            catch (Exception exception) when (isLast || !cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                metrics.AddLost(spans.Count);
                queue.Release(spans.Count);
                log.SpansLost(spans.Count, exception);
                return;
            }
        }
    }
}
