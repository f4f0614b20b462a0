using System.Net;
using Polly;

namespace Shop.ServiceDefaults;

/// <summary>The attempts of one read. See <see cref="HedgedReadHandler"/>.</summary>
/// <param name="budget">What limits the requests that are sent again.</param>
internal sealed class HedgedRead(HedgingBudget budget)
{
    private static readonly AsyncLocal<(HedgedRead Read, int Number)?> _attempt = new();

    private int _attempts;
    private volatile bool _hasFailed;
    private volatile bool _isAnswered;

    /// <summary>
    /// Gets the attempt that is being sent, and its number from 0; <see langword="null"/> while none is. It is also set when the span of
    /// the attempt ends.
    /// </summary>
    public static (HedgedRead Read, int Number)? Attempt => _attempt.Value;

    /// <summary>Gets whether an attempt has the response, so that the others are canceled.</summary>
    public bool IsAnswered => _isAnswered;

    /// <summary>Starts an attempt for the rest of the caller's method, and returns its number from 0.</summary>
    public int Start()
    {
        var number = Interlocked.Increment(ref _attempts) - 1;
        _attempt.Value = (this, number);
        return number;
    }

    /// <summary>
    /// Determines whether to send one more attempt, and takes it from the budget. Silence is the only reason for one: after a failure, only
    /// the attempts that were sent are waited for.
    /// </summary>
    public bool TryRepeat() => !_hasFailed && budget.TryTake();

    /// <summary>
    /// Determines whether the outcome of an attempt is that of the read. A failure is not while others may still succeed: one that comes at
    /// once must not come before a response that takes a second. When all have failed, Polly returns the outcome of the first. A connection
    /// that took too long ends the read: the others wait for the same address, and the caller may know another one.
    /// </summary>
    /// <param name="outcome">The outcome.</param>
    public bool TryAccept(Outcome<HttpResponseMessage> outcome)
    {
        var isConnectionTimeout = ServiceErrors.IsConnectionTimeout(outcome.Exception);
        if (outcome.Result is not { StatusCode: < HttpStatusCode.InternalServerError }
            && !isConnectionTimeout
            && Volatile.Read(ref _attempts) > 1)
        {
            // A replica that refuses the connection does not say anything about the others.
            _hasFailed |= outcome.Exception is not { } exception || !ServiceErrors.IsUnreached(exception);
            return false;
        }

        _isAnswered = !isConnectionTimeout;
        return true;
    }

    /// <summary>Completes a read that has a response.</summary>
    public void Complete()
    {
        if (_attempts == 1)
        {
            budget.Add();
        }
    }
}
