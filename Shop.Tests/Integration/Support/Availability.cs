using System.Diagnostics;

namespace Shop.Tests.Integration.Support;

/// <summary>Requests pages of the storefront all the time, as new visitors do, and records which were answered.</summary>
internal sealed class Availability : IAsyncDisposable
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _stopping = new();
    private readonly List<(TimeSpan Start, TimeSpan End, int Status, string Body)> _requests = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly HttpClient _client;
    private readonly List<Task> _running;

    public Availability(Uri storefront, params string[] pages)
    {
        // A connection for each request: a new visitor has none.
        _client = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero, ActivityHeadersPropagator = null })
        {
            BaseAddress = storefront,
            Timeout = TimeSpan.FromSeconds(30),
        };
        _client.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        _running = [.. pages.Select(RequestAsync)];
    }

    public TimeSpan Now => _clock.Elapsed;

    public int Requests
    {
        get
        {
            lock (_requests)
            {
                return _requests.Count;
            }
        }
    }

    /// <summary>
    /// Returns how long after a time the last request ended that was not answered with the page; 0 if all were answered with it.
    /// </summary>
    public TimeSpan GetTimeToRecover(TimeSpan since)
    {
        lock (_requests)
        {
            return _requests.Where(request => request.End >= since && request.Status != 200)
                .Select(request => request.End - since).DefaultIfEmpty().Max();
        }
    }

    /// <summary>Returns the longest time that a page took between two times; 0 if none was answered.</summary>
    public TimeSpan GetSlowest(TimeSpan from, TimeSpan to)
    {
        lock (_requests)
        {
            return _requests.Where(request => request.End >= from && request.End <= to && request.Status == 200)
                .Select(request => request.End - request.Start).DefaultIfEmpty().Max();
        }
    }

    /// <summary>Returns the requests between two times that were not answered with the page.</summary>
    public IReadOnlyList<(int Status, string Body)> GetFailures(TimeSpan from, TimeSpan to)
    {
        lock (_requests)
        {
            return [.. _requests.Where(request => request.End >= from && request.End <= to && request.Status != 200)
                .Select(request => (request.Status, request.Body))];
        }
    }

    /// <summary>Waits until a number of requests in a row were answered with the page.</summary>
    public Task WaitForAnswersAsync(int count) => Eventually.ReadAsync(
        () =>
        {
            lock (_requests)
            {
                return Task.FromResult(_requests.Count >= count && _requests.TakeLast(count).All(request => request.Status == 200));
            }
        },
        answered => answered);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_running);
        _client.Dispose();
        _stopping.Dispose();
    }

    private async Task RequestAsync(string page)
    {
        while (!_stopping.IsCancellationRequested)
        {
            var start = _clock.Elapsed;
            var (status, body) = (0, "");
            try
            {
                using var response = await _client.GetAsync(page, _stopping.Token);
                (status, body) = ((int)response.StatusCode, await response.Content.ReadAsStringAsync(_stopping.Token));
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                if (_stopping.IsCancellationRequested)
                {
                    return;
                }

                body = e.Message;
            }

            lock (_requests)
            {
                _requests.Add((start, _clock.Elapsed, status, body));
            }

            await Task.WhenAny(Task.Delay(_interval, _stopping.Token));
        }
    }
}
