using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Storefront;

/// <summary>A storefront whose events are recorded, and a browser that opens its pages and reports events.</summary>
public abstract partial class RecordingStorefront : IDisposable
{
    private protected const string PageId = "0123456789ab";

    private protected static (string, string?)[] WithoutLimits { get; } =
    [
        ("Shop:RequestLimits:Address:RequestsPerSecond", "1000000"), ("Shop:RequestLimits:Address:Burst", "1000000"),
        ("Shop:RequestLimits:Session:RequestsPerSecond", "1000000"), ("Shop:RequestLimits:Session:Burst", "1000000"),
    ];

    private protected RecordedEvents Events { get; } = new();

    private protected InProcessService Storefront { get; private set; }

    protected RecordingStorefront() => Storefront = Start(WithoutLimits);

    public void Dispose()
    {
        Storefront.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static string Click(int number = 0) =>
        $$"""{"number":{{number}},"type":"click","age":1500.5,"name":"add-to-cart"}""";

    private protected static string Beacon(string? token, params string[] events)
    {
        var value = token is null ? "null" : $"\"{token}\"";
        return $$"""{"page":"{{PageId}}","token":{{value}},"path":"/cart","events":[{{string.Join(',', events)}}]}""";
    }

    private protected void Restart((string, string?)[] settings)
    {
        Storefront.Dispose();
        Storefront = Start(settings);
    }

    private protected void RestartOnKestrel()
    {
        Storefront.Dispose();
        Storefront = Record(InProcessService.StartStorefront(settings: WithoutLimits));
    }

    private protected async Task<OpenPage> OpenAsync()
    {
        using var response = await Storefront.Client.GetAsync("/cart");
        var html = await response.Content.ReadAsStringAsync();
        var cookie = response.Headers.GetValues("Set-Cookie")
            .Single(cookie => cookie.Contains("session", StringComparison.Ordinal)).Split(';')[0];
        return new(cookie, TokenMeta().Match(html).Groups[1].Value, TraceMeta().Match(html).Groups[1].Value);
    }

    private protected async Task<HttpResponseMessage> SendAsync(
        OpenPage page, string body, string? site = "same-origin", string? origin = null, string contentType = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/events");
        request.Content = new StringContent(body, Encoding.UTF8, contentType);
        foreach (var (name, value) in ((string, string?)[])[("Cookie", page.Cookie), ("Sec-Fetch-Site", site), ("Origin", origin)])
        {
            if (value is not null)
            {
                request.Headers.Add(name, value);
            }
        }

        return await Storefront.Client.SendAsync(request);
    }

    /// <summary>Opens a page as a browser that follows a link does, with the cookie of a click. Returns the trace of the request.</summary>
    private protected async Task<string> FollowAsync(OpenPage page, string click, string? mode = "navigate")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/cart");
        request.Headers.Add("Cookie", $"{page.Cookie}; shop-click={click}");
        request.Headers.Referrer = new("http://localhost/products/BAG-0101");
        if (mode is not null)
        {
            request.Headers.Add("Sec-Fetch-Mode", mode);
        }

        using var response = await Storefront.Client.SendAsync(request);
        return TraceMeta().Match(await response.Content.ReadAsStringAsync()).Groups[1].Value;
    }

    private protected InMemorySpanExporter RecordSpans()
    {
        var exporter = new InMemorySpanExporter();
        Storefront.Services.GetRequiredService<TracerProvider>().AddProcessor(new SimpleActivityExportProcessor(exporter));
        return exporter;
    }

    private InProcessService Start((string, string?)[] settings) =>
        Record(InProcessService.Start("storefront", settings: [("Logging:LogLevel:Shop.Journey", "Information"), .. settings]));

    private InProcessService Record(InProcessService storefront)
    {
        storefront.Services.GetRequiredService<ILoggerFactory>().AddProvider(Events);
        // No hosted service has started it.
        storefront.Services.GetRequiredService<TracerProvider>();
        return storefront;
    }

    [GeneratedRegex("<meta name=\"shop-page\" content=\"([^\"]+)\"")]
    private static partial Regex TokenMeta();

    [GeneratedRegex("<meta name=\"traceparent\" content=\"00-([0-9a-f]{32})-[0-9a-f]{16}-0[01]\"")]
    private static partial Regex TraceMeta();

    private protected sealed record OpenPage(string? Cookie, string Token, string TraceId);
}
