using System.Net;
using Shop.Visitors.Plans;
using Shop.Visitors.Truth;

namespace Shop.Visitors.Walking;

/// <summary>Lets visitors arrive as planned, whatever the earlier ones do: an open model.</summary>
internal sealed class VisitorRun(Uri shop, RunPlan plan, TimeSpan meanThinkingTime) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        UseCookies = false,
        AllowAutoRedirect = false,
        UseProxy = false,
        ActivityHeadersPropagator = null, // as a browser
        AutomaticDecompression = DecompressionMethods.All,
    })
    {
        BaseAddress = shop,
        Timeout = TimeSpan.FromSeconds(30),
    };

    private IReadOnlyList<string> _products = [];

    /// <summary>Returns whether a shop answers.</summary>
    public async Task<bool> IsAvailableAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _http.GetAsync("/alive", cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException
            && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Makes visits, and returns them in the order of their end.</summary>
    /// <param name="visits">The number of visits; null for visits without an end.</param>
    /// <param name="ended">Is called when a visit has ended, for one visit at a time.</param>
    /// <param name="cancellationToken">Ends the arrivals and the visits.</param>
    public async Task RunAsync(int? visits, Action<VisitTruth> ended, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        var running = new HashSet<Task>();
        var lockEnded = new Lock();
        foreach (var visit in plan.GetVisits().TakeWhile(visit => visit.Number < (visits ?? int.MaxValue)))
        {
            var wait = visit.Arrival - TimeProvider.System.GetElapsedTime(started);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, cancellationToken);
            }

            running.RemoveWhere(task => task.IsCompletedSuccessfully);
            running.Add(Task.Run(() => WalkAsync(visit), cancellationToken));
        }

        await Task.WhenAll(running);

        async Task WalkAsync(VisitPlan visit)
        {
            var truth = await MakeVisitAsync(visit, cancellationToken);
            lock (lockEnded)
            {
                ended(truth);
            }
        }
    }

    /// <summary>Makes one visit.</summary>
    public Task<VisitTruth> MakeVisitAsync(VisitPlan visit, CancellationToken cancellationToken) =>
        new Visitor(_http, visit, meanThinkingTime, FindProductsAsync).WalkAsync(cancellationToken);

    public void Dispose() => _http.Dispose();

    // What a search engine knows. A request for a part of a page is no view, and has no session that a visitor continues.
    private async Task<IReadOnlyList<string>> FindProductsAsync(CancellationToken cancellationToken)
    {
        if (_products.Count == 0)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/products");
            request.Headers.Add("X-Requested-With", "fetch");
            request.Headers.TryAddWithoutValidation("User-Agent", "ShopVisitors/1.0");
            using var response = await _http.SendAsync(request, cancellationToken);
            var html = await response.Content.ReadAsStringAsync(cancellationToken);
            _products = new Page(request.RequestUri!, (int)response.StatusCode, VisitIds.Unknown, html, null, null)
                .GetLinks(Visitor.ProductLinks);
        }

        return _products;
    }
}
