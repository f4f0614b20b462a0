namespace Shop.Orders.Payment.Webhook;

/// <summary>
/// Warns about rejected webhooks at most once a minute. Anybody can send them, and warnings are never sampled; the request log has each
/// of them.
/// </summary>
internal sealed class RejectedWebhookLog(ILogger<RejectedWebhookLog> log, TimeProvider time)
{
    private static readonly TimeSpan _interval = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private long? _loggedAt;
    private int _count;

    /// <summary>Counts a rejected webhook and logs the number since the last warning, unless that is less than a minute ago.</summary>
    public void Add(SignatureVerificationResult verification)
    {
        int count;
        lock (_lock)
        {
            _count++;
            if (_loggedAt is { } loggedAt && time.GetElapsedTime(loggedAt) < _interval)
            {
                return;
            }

            _loggedAt = time.GetTimestamp();
            (count, _count) = (_count, 0);
        }

        log.WebhooksRejected(count, verification);
    }
}
