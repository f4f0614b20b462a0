namespace Shop.Orders.Payment.Webhook;

/// <summary>
/// Warns about rejected webhooks at most once a minute, and when the service stops. Any caller can send them, and warnings are never
/// sampled; the request log has each of them.
/// </summary>
internal sealed class RejectedWebhookLog : IDisposable
{
    private static readonly TimeSpan _interval = TimeSpan.FromMinutes(1);

    private readonly ILogger _log;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private readonly CancellationTokenRegistration _stopping;
    private SignatureVerificationResult _latest;
    private int _count;
    private bool _isWaiting;

    public RejectedWebhookLog(ILogger<RejectedWebhookLog> log, TimeProvider time, IHostApplicationLifetime lifetime)
    {
        _log = log;
        // The warnings are not those of the request that is the first to be rejected.
        using (ExecutionContext.SuppressFlow())
        {
            _timer = time.CreateTimer(_ => Flush(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _stopping = lifetime.ApplicationStopping.Register(Flush);
        }
    }

    /// <summary>
    /// Counts a rejected webhook. Logs it at once, unless there was a warning less than a minute ago: the next one then has their number.
    /// </summary>
    public void Add(SignatureVerificationResult verification)
    {
        int count;
        lock (_lock)
        {
            _count++;
            _latest = verification;
            if (_isWaiting)
            {
                return;
            }

            // In the same lock: otherwise another thread may take this webhook as well, and end the wait because there is none left.
            count = TakeCount();
        }

        _log.WebhooksRejected(count, verification);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Dispose();
        _timer.Dispose();
    }

    private void Flush()
    {
        int count;
        SignatureVerificationResult latest;
        lock (_lock)
        {
            (count, latest) = (TakeCount(), _latest);
        }

        if (count > 0)
        {
            _log.WebhooksRejected(count, latest);
        }
    }

    // The next warning follows in a minute, unless there is nothing to warn about.
    private int TakeCount()
    {
        var count = _count;
        _count = 0;
        _isWaiting = count > 0;
        if (_isWaiting)
        {
            _timer.Change(_interval, Timeout.InfiniteTimeSpan);
        }

        return count;
    }
}
