using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Shop.Bench.Storefront;

/// <summary>A visitor of the storefront whose browser keeps the session and reports events, as its script does.</summary>
internal sealed partial class Visitor : IDisposable
{
    private const int EventsPerBeacon = 5;

    private readonly HttpClient _http;
    private string _token = "";
    private int _beacons;

    private Visitor(string address)
    {
        _http = new(new SocketsHttpHandler
        {
            UseProxy = false,
            ActivityHeadersPropagator = null,
            CookieContainer = new CookieContainer(),
        })
        {
            BaseAddress = new(address),
            Timeout = TimeSpan.FromSeconds(30),
        };
        _http.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        _http.DefaultRequestHeaders.Add("Sec-Fetch-Site", "same-origin");
    }

    /// <summary>Opens a page, which starts the session.</summary>
    public static async Task<Visitor> StartAsync(string address)
    {
        var visitor = new Visitor(address);
        var page = await visitor._http.GetStringAsync("/");
        visitor._token = PageToken().Match(page) is { Success: true } match
            ? match.Groups[1].Value
            : throw new InvalidOperationException("The page has no token for its events.");
        return visitor;
    }

    /// <summary>Opens a page.</summary>
    public async Task OpenAsync(string path)
    {
        using var response = await _http.GetAsync(path);
        response.EnsureSuccessStatusCode();
        await response.Content.LoadIntoBufferAsync();
    }

    /// <summary>Reports events of a page.</summary>
    /// <param name="address">Another server than the storefront, which gets the same request.</param>
    public async Task ReportAsync(string? address = null)
    {
        var beacon = new
        {
            page = Interlocked.Increment(ref _beacons).ToString("x12", CultureInfo.InvariantCulture),
            token = _token,
            path = "/products",
            events = Enumerable.Range(0, EventsPerBeacon).Select(number => new { number, type = "click", age = 10, name = "filter" }),
        };
        using var content = new StringContent(JsonSerializer.Serialize(beacon), Encoding.UTF8, "application/json");
        using var response = await _http.PostAsync((address ?? "") + Load.BaselineApi.BeaconPath, content);
        if (response.StatusCode != HttpStatusCode.NoContent)
        {
            throw new HttpRequestException($"A beacon was answered {(int)response.StatusCode}.");
        }
    }

    public void Dispose() => _http.Dispose();

    [GeneratedRegex("""<meta name="shop-page" content="([^"]+)" />""")]
    private static partial Regex PageToken();
}
