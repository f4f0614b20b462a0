using Polly;
using Polly.Hedging;
using Shop.Telemetry.Http;

namespace Shop.ServiceDefaults;

/// <summary>
/// Sends a request that only reads again while it has no response, and returns the response that comes first. A replica that hangs accepts
/// connections, so behind a virtual address only the missing response tells, and only another connection leads to another replica. This is
/// a hedged request: Dean and Barroso, "The Tail at Scale", Communications of the ACM 56 (2013).
/// </summary>
/// <param name="budget">What limits the requests that are sent again.</param>
/// <param name="connections">The handler that sends the requests.</param>
internal sealed class HedgedReadHandler(HedgingBudget budget, HttpMessageHandler connections) : DelegatingHandler(connections)
{
    // The last one is sent after 1.5 s: a page is to be complete within 2 s. If one of two replicas hangs, a new connection leads to it
    // with a probability of a half, and six of them with 1.6%. Most connections are not new.
    private const int MaxRepeats = 5;

    // Longer than nearly all reads take.
    private static readonly TimeSpan _delay = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan _nextDelay = TimeSpan.FromMilliseconds(250);

    private static readonly ResiliencePropertyKey<HedgedRead> _read = new("shop.hedged_read");

    private static readonly ResiliencePipeline<HttpResponseMessage> _hedging = new ResiliencePipelineBuilder<HttpResponseMessage>()
        .AddHedging(new HedgingStrategyOptions<HttpResponseMessage>
        {
            MaxHedgedAttempts = MaxRepeats,
            DelayGenerator = static attempt => ValueTask.FromResult(attempt.AttemptNumber <= 1 ? _delay : _nextDelay),
            // Without an action, only the attempts that were sent are waited for.
            ActionGenerator = static attempt =>
                Find(attempt.PrimaryContext).TryRepeat() ? () => attempt.Callback(attempt.ActionContext) : null,
            ShouldHandle = static attempt => ValueTask.FromResult(!Find(attempt.Context).TryAccept(attempt.Outcome)),
        })
        .Build();

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!IsRead(request))
        {
            return await base.SendAsync(request, cancellationToken);
        }

        var read = new HedgedRead(budget);
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(_read, read);
        try
        {
            var response = await _hedging.ExecuteAsync(
                async attempt => await SendAttemptAsync(read, request, attempt.CancellationToken), context);
            read.Complete();
            return response;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private async Task<HttpResponseMessage> SendAttemptAsync(
        HedgedRead read, HttpRequestMessage request, CancellationToken cancellationToken) =>
        await base.SendAsync(read.Start() == 0 ? request : Copy(request), cancellationToken);

    private static HedgedRead Find(ResilienceContext context) => context.Properties.GetValue(_read, null!);

    private static bool IsRead(HttpRequestMessage request) =>
        (request.Method == HttpMethod.Get || request.Method == HttpMethod.Head)
        && request.Content is null
        && request.Headers.Upgrade.Count == 0
        && !HealthPaths.IsProbe(request.RequestUri?.AbsolutePath);

    // The first attempt has written its headers by now.
    private static HttpRequestMessage Copy(HttpRequestMessage request)
    {
        var copy = new HttpRequestMessage(request.Method, request.RequestUri)
        {
            Version = request.Version,
            VersionPolicy = request.VersionPolicy,
        };
        foreach (var (name, values) in request.Headers.NonValidated)
        {
            copy.Headers.TryAddWithoutValidation(name, values);
        }

        foreach (var (name, value) in request.Options)
        {
            ((IDictionary<string, object?>)copy.Options)[name] = value;
        }

        return copy;
    }
}
