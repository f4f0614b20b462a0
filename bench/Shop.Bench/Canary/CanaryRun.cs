using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Shop.Bench.Application;

namespace Shop.Bench.Canary;

/// <summary>Visits at a constant rate, from the first share of the canary until it is rolled back or promoted.</summary>
/// <param name="Reason">Why the canary was rolled back; null if it was promoted.</param>
/// <param name="Seconds">Time until then.</param>
/// <param name="Requests">Number of requests that were answered until then.</param>
/// <param name="Errors">Number of those without a response, or with a response 5xx.</param>
internal sealed partial record CanaryRun(string? Reason, double Seconds, int Requests, int Errors)
{
    public const int RequestsPerVisit = 4;

    /// <summary>The exporter repeats a scrape for as long.</summary>
    public static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(300);

    private static readonly TimeSpan _timeout = TimeSpan.FromMinutes(3);

    public bool IsRolledBack => Reason is not null;

    public static async Task<CanaryRun> RunAsync(string shop, string management, int rate, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false, ActivityHeadersPropagator = null });
        var counts = new Counts();
        var visiting = VisitAsync(http, shop, rate, counts, ended.Token);

        // There is no share until the canary gets its first one.
        await WaitAsync(static metrics => Share().IsMatch(metrics), "The canary got no share.");
        counts.Reset();
        var elapsed = Stopwatch.StartNew();
        var decided = await WaitAsync(
            static metrics => Share().Match(metrics).Groups[1].Value == "100" || RollBack().IsMatch(metrics),
            "The canary was neither rolled back nor promoted.");
        var reason = RollBack().Match(decided) is { Success: true } rollBack ? rollBack.Groups[1].Value : null;
        var run = new CanaryRun(reason, elapsed.Elapsed.TotalSeconds, counts.Requests, counts.Errors);
        await ended.CancelAsync();
        await visiting;
        return run;

        async Task<string> WaitAsync(Func<string, bool> isReached, string otherwise)
        {
            var waiting = Stopwatch.StartNew();
            while (true)
            {
                var metrics = await http.GetStringAsync($"{management}/metrics", cancellationToken);
                if (isReached(metrics))
                {
                    return metrics;
                }

                if (waiting.Elapsed > _timeout)
                {
                    throw new TimeoutException(otherwise);
                }

                await Task.Delay(PollInterval, cancellationToken);
            }
        }
    }

    private static async Task VisitAsync(HttpClient http, string shop, int rate, Counts counts, CancellationToken cancellationToken)
    {
        var visits = new List<Task>();
        var started = Stopwatch.StartNew();
        while (!cancellationToken.IsCancellationRequested)
        {
            // As many as are due: a timer is not exact.
            while (visits.Count * RequestsPerVisit < started.Elapsed.TotalSeconds * rate)
            {
                visits.Add(MakeVisitAsync(http, shop, visits.Count, counts));
            }

            await Task.Delay(10, CancellationToken.None);
        }

        await Task.WhenAll(visits);
    }

    private static async Task MakeVisitAsync(HttpClient http, string shop, int number, Counts counts)
    {
        var (cart, session) = ($"{shop}/api/v1/carts/{Guid.NewGuid():n}", "");
        for (var i = 0; i < RequestsPerVisit; i++)
        {
            using var request = i == 1
                ? new HttpRequestMessage(HttpMethod.Put, $"{cart}/lines/{ProductSeed.Sku(number)}")
                {
                    Content = JsonContent.Create(new { quantity = 1 }),
                }
                : new HttpRequestMessage(HttpMethod.Get, cart);
            request.Headers.Add("X-Shop-Session", session);
            try
            {
                using var response = await http.SendAsync(request);
                session = response.Headers.TryGetValues("X-Shop-Session", out var token) ? token.Single() : session;
                counts.Add((int)response.StatusCode >= 500);
            }
            catch (HttpRequestException)
            {
                counts.Add(failed: true);
            }
        }
    }

    [GeneratedRegex(@"^shop_canary_share\S*\{[^}]*\} (\d+)", RegexOptions.Multiline)]
    private static partial Regex Share();

    [GeneratedRegex(@"^shop_canary_decisions\S*\{[^}]*shop_reason=""(\w+)""", RegexOptions.Multiline)]
    private static partial Regex RollBack();

    private sealed class Counts
    {
        private int _requests;
        private int _errors;

        public int Requests => Volatile.Read(ref _requests);

        public int Errors => Volatile.Read(ref _errors);

        public void Add(bool failed)
        {
            Interlocked.Increment(ref _requests);
            if (failed)
            {
                Interlocked.Increment(ref _errors);
            }
        }

        public void Reset() => (_requests, _errors) = (0, 0);
    }
}
