using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
//#if (storefront)
using AngleSharp.Dom;
//#endif
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Shop.Telemetry.Sampling;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Integration;

/// <summary>The application as configured for high traffic: 1% of traces are sampled, and the cart is the edge.</summary>
public sealed class HighTrafficApp : ShopApp
{
    protected override void Configure(IResourceBuilder<ProjectResource> service)
    {
        service
            .WithEnvironment("Shop__TraceSampling__Probability", "0.01")
            .WithEnvironment("Shop__TraceSampling__TargetPerSecond", "0")
            .WithEnvironment("Shop__TraceSampling__AlwaysSampleCriticalRoutes", "false")
            .WithEnvironment("Shop__LogSampling__Enabled", "false");
        if (service.Resource.Name == "cart")
        {
            service.WithEnvironment("Shop__Edge__Enabled", "true");
        }
    }
}

/// <summary>Sampling decisions and request identity at the edge. Part of the collection so as not to run beside its other tests.</summary>
[Collection(WholeApplication.Name)]
public sealed partial class SamplingUnderLoadTests(HighTrafficApp shop) : IClassFixture<HighTrafficApp>
{
    /// <summary>The <c>tracestate</c> of a probability of 1%.</summary>
    private const string OnePercent = "ot=th:fd70a4";

    //#if (storefront)
    private static readonly string[] _clickServices = ["cart", "catalog", "storefront"];

    //#endif
    private static readonly HttpStatusCode[] _checkoutStatuses =
        [HttpStatusCode.Accepted, HttpStatusCode.UnprocessableEntity, HttpStatusCode.Conflict, HttpStatusCode.ServiceUnavailable];

    [Fact]
    public async Task Edge_samples_whole_traces_at_one_percent_and_totals_can_be_restored()
    {
        const int Checkouts = 300;
        const int Reads = 3000;
        var sku = await new CatalogAdminClient(shop).AddAsync(onHand: 1_000_000);
        var before = await CountTracesAsync();

        await RepeatAsync(Reads, async () => await new Visitor(shop, propagate: false).LinesInCartAsync());

        // As many batches as it takes to sample two accepted checkouts: of a batch of 300, none is sampled in one run of twenty.
        var bought = 0;
        do
        {
            await RepeatAsync(Checkouts, async () => await BuyAsync(sku, declined: Interlocked.Increment(ref bought) % 5 == 0));
        }
        while ((await SpansAsync()).Count(IsAcceptedCheckout) < 2);

        var after = await CountTracesAsync();
        var sampled = after.Sampled - before.Sampled;
        var (traces, _) = await Eventually.ReadAsync(
            async () =>
            {
                var traces = await CartTracesAsync();
                var missing = traces.Count == after.Sampled
                    ? traces.Select(FindMissing).FirstOrDefault(missing => missing is not null)
                    : $"{after.Sampled - traces.Count} traces";
                return (Traces: traces, Missing: missing);
            },
            read => read.Missing is null);

        Assert.NotEmpty(traces);
        Assert.All(traces.SelectMany(trace => trace), span => Assert.Equal(OnePercent, span.TraceState));
        Assert.Contains(traces, trace =>
            trace.Any(IsAcceptedCheckout) && trace.Any(span => span is { Service: "orders", Kind: SpanKind.Consumer }));

        // All services follow the decision of the edge. Other traces started in another service, or have only spans that failed or were
        // slow, with a reason and an adjusted count of 0. There may be none.
        var sampledIds = traces.Select(trace => trace.Key).ToHashSet();
        foreach (var trace in (await SpansAsync()).Where(span => !sampledIds.Contains(span.TraceId)).GroupBy(span => span.TraceId))
        {
            var startedElsewhere = trace.Any(span => span.ParentId is null && span.Service != "cart");
            var countsForNothing = trace.All(span => AdjustedCount(span) == 0 && span.Attributes.ContainsKey(SamplingAttributes.Reason));
            Assert.True(startedElsewhere || countsForNothing, $"{trace.Key} has {string.Join(", ", trace.Select(span => span.Name))}");
        }

        // Each sampled trace counts for 100. One run in two million is more than five standard deviations off.
        var all = sampled + after.Dropped - before.Dropped;
        Assert.True(all >= Reads + (2 * Checkouts));
        var restored = traces.Sum(trace => AdjustedCount(trace.Single(span => span.ParentId is null))) - (100.0 * before.Sampled);
        Assert.Equal(100.0 * sampled, restored, 1.0);
        var tolerance = 500 * Math.Sqrt(all * 0.01 * 0.99);
        Assert.InRange(restored, all - tolerance, all + tolerance);
    }

    //#if (storefront)
    [Fact]
    public async Task Click_of_a_browser_at_one_percent_is_a_whole_trace_or_none()
    {
        const int Browsers = 8;
        const int Clicks = 40;
        var sku = await new CatalogAdminClient(shop).AddAsync(onHand: 1_000_000);
        using var recorder = new ClickRecorder();
        using var http = new HttpClient(recorder) { BaseAddress = shop.App.GetEndpoint("storefront", "http") };

        // As many batches as it takes to sample two clicks: of a batch of 320, none is sampled in one run of twenty.
        do
        {
            await Concurrently.ForEachAsync(Enumerable.Range(0, Browsers), _ => ClickAsync(http, sku, Clicks));
        }
        while (recorder.Traces.Count(IsSampled) < 2);

        foreach (var trace in recorder.Traces.Where(IsSampled))
        {
            var (spans, _) = await Eventually.ReadAsync(
                async () =>
                {
                    var spans = await shop.Telemetry.TraceSpansAsync(trace);
                    return (Spans: spans, Missing: FindMissingOfClick(trace, spans));
                },
                read => read.Missing is null);
            Assert.All(spans, span => Assert.Equal(OnePercent, span.TraceState));
        }

        // A click that is not sampled has no spans, or those of a service in which it was slow or failed, which count for nothing.
        var others = recorder.Traces.Where(trace => !IsSampled(trace)).ToHashSet();
        var exported = (await Task.WhenAll(_clickServices.Select(shop.Telemetry.ServiceSpansAsync)))
            .SelectMany(spans => spans).Where(span => others.Contains(span.TraceId));
        Assert.All(exported, span => Assert.Equal(
            (0d, true), (AdjustedCount(span), span.Attributes.ContainsKey(SamplingAttributes.Reason))));
    }

    //#endif
    [Fact]
    public async Task Forged_headers_do_not_change_trace_session_or_journey_ids_inside()
    {
        var visitor = new Visitor(shop, propagate: false);
        await visitor.PutAsync(await shop.AnyProductAsync(), quantity: 1);
        using var handler = new SocketsHttpHandler { UseCookies = false, ActivityHeadersPropagator = null };
        using var client = new HttpClient(handler) { BaseAddress = shop.Cart.BaseAddress };
        using var first = await client.GetAsync($"/api/v1/carts/{visitor.CartId}");
        var genuine = SessionCookie().Match(first.Headers.GetValues("Set-Cookie").Single()).Groups[1].Value;

        var sentById = new ConcurrentDictionary<string, string>();
        await Concurrently.ForEachAsync(Enumerable.Range(0, 1000), async number =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/carts/{visitor.CartId}");
            foreach (var (name, value) in HostileHeaders.Next(new Random(number), genuine))
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }

            request.Headers.CacheControl = new() { NoCache = true };
            var sent = request.Headers.ToString();

            using var response = await client.SendAsync(request);

            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            var id = response.Headers.GetValues("X-Request-Id").Single();
            Assert.Matches("^[0-9a-f]{32}$", id);
            Assert.True(sentById.TryAdd(id, sent), "A request id was issued twice.");
        });

        // The cart asks the catalog for current prices: two log records of the cart and one of the catalog for each request.
        var records = await Eventually.ReadAsync(
            async () => (await LogsAsync()).Where(record => sentById.ContainsKey(RequestId(record))).ToList(),
            records => records.GroupBy(RequestId).Count(request => request.Count() == 3) == sentById.Count);

        Assert.Equal(1000, sentById.Count);
        Assert.All(records.GroupBy(RequestId), request =>
        {
            Assert.Equal(["cart", "cart", "catalog"], request.Select(record => record.Service).Order());
            var trace = Assert.Single(request.Select(record => record.TraceId).Distinct());
            var session = Assert.Single(request.Select(record => record.Attributes["session.id"]).Distinct());
            var journey = Assert.Single(request.Select(record => record.Attributes["shop.journey.id"]).Distinct());
            Assert.All((string[])[trace!, session, journey], id =>
            {
                Assert.Matches("^[0-9a-f]{32}$", id);
                Assert.DoesNotContain(id, sentById[request.Key], StringComparison.Ordinal);
            });
            Assert.All(request, record => Assert.Equal("new", record.Attributes["shop.user.segment"]));
            Assert.All(request, record => Assert.DoesNotContain("shop.critical_route", record.Attributes.Keys));
        });
        Assert.Equal(sentById.Count, records.Select(record => record.TraceId).Distinct().Count());
        Assert.Equal(sentById.Count, records.Select(record => record.Attributes["session.id"]).Distinct().Count());
        Assert.Equal(1, await visitor.LinesInCartAsync());
    }

    private static Task RepeatAsync(int times, Func<Task> action) => Concurrently.ForEachAsync(Enumerable.Range(0, times), _ => action());

    private async Task BuyAsync(string sku, bool declined)
    {
        var visitor = new Visitor(shop, propagate: false);
        await visitor.PutAsync(sku, quantity: 1);
        using var response = await visitor.TryCheckOutAsync(declined ? "tok_declined" : "tok_ok");

        // 503 is valid too: on a loaded machine the broker may not confirm in time.
        Assert.Contains(response.StatusCode, _checkoutStatuses);
    }

    //#if (storefront)
    // Adds a product to a cart again and again, and names each click as the script of the page does.
    private static async Task ClickAsync(HttpClient http, string sku, int clicks)
    {
        var browser = new ScriptlessBrowser(http);
        var page = await browser.OpenAsync($"/products/{sku}");
        var token = page.Find<IElement>("meta[name=shop-page]").GetAttribute("content");
        var pageId = Guid.NewGuid().ToString("n")[..12];
        browser.Headers["Sec-Fetch-Mode"] = "navigate";
        browser.Headers["Referer"] = $"{http.BaseAddress}products/{sku}";
        for (var number = 0; number < clicks; number++)
        {
            browser.Cookies["shop-click"] = $"{token}.{pageId}.{number}.add-to-cart";
            var added = await browser.SubmitAsync(page, "#add-to-cart", ("quantity", "1"));
            Assert.Equal($"/products/{sku}?added=1", added.Path);
        }
    }

    // Each trace id decides by itself: the last seven bytes are random.
    private static bool IsSampled(string traceId) =>
        SamplingThreshold.FromProbability(0.01).ShouldSample(ulong.Parse(
            traceId.AsSpan(18), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));

    private static string? FindMissingOfClick(string trace, IReadOnlyList<Span> spans)
    {
        var known = spans.Select(span => span.Id).ToHashSet();
        if (spans.FirstOrDefault(span => span.ParentId is not null && !known.Contains(span.ParentId)) is { } orphan)
        {
            return $"the parent of {orphan.Service}'s {orphan.Name} in {trace}";
        }

        (string Service, SpanKind Kind, string? Name)[] expected =
        [
            ("storefront", SpanKind.Server, "POST /cart/add"), ("storefront", SpanKind.Internal, "browser events"),
            ("storefront", SpanKind.Client, null), ("cart", SpanKind.Server, null), ("cart", SpanKind.Client, null),
        ];
        // The cart asks the catalog for products that it does not know, or has not asked for some seconds ago.
        var asked = spans.Any(span => span is { Service: "cart", Kind: SpanKind.Client, Name: "shop.catalog.v1.Catalog/GetProducts" });
        return expected.Concat(asked ? [("catalog", SpanKind.Server, null)] : []).Where(item => !spans.Any(span =>
                (span.Service, span.Kind) == (item.Service, item.Kind) && (item.Name is null || span.Name == item.Name)))
            .Select(item => $"{item} in {trace}").FirstOrDefault();
    }

    //#endif
    /// <summary>Reads the traces that the cart started and sampled.</summary>
    private async Task<IReadOnlyList<IGrouping<string, Span>>> CartTracesAsync() =>
        [.. (await SpansAsync()).GroupBy(span => span.TraceId).Where(trace => trace.Any(span =>
            span is { Service: "cart", Kind: SpanKind.Server, ParentId: null } && AdjustedCount(span) > 0))];

    private async Task<List<Span>> SpansAsync()
    {
        var spans = new List<Span>();
        foreach (var service in (string[])["cart", "catalog", "orders"])
        {
            spans.AddRange(await shop.Telemetry.ServiceSpansAsync(service));
        }

        // The dashboard returns whole traces, so a span may be in several responses.
        return [.. spans.DistinctBy(span => (span.TraceId, span.Id))];
    }

    private async Task<List<LogRecord>> LogsAsync() =>
        [.. await shop.Telemetry.ServiceLogsAsync("cart"), .. await shop.Telemetry.ServiceLogsAsync("catalog")];

    private static string RequestId(LogRecord record) => record.Attributes.GetValueOrDefault("shop.request.id", "");

    // A whole trace has one root, no orphans and, for an accepted checkout, the last message consumer.
    private static string? FindMissing(IGrouping<string, Span> trace)
    {
        var known = trace.Select(span => span.Id).ToHashSet();
        if (trace.FirstOrDefault(span => span.ParentId is not null && !known.Contains(span.ParentId)) is { } orphan)
        {
            return $"the parent of {orphan.Service}'s {orphan.Name} in {trace.Key}";
        }

        if (trace.Where(span => span.ParentId is null).ToList() is not [_] and var roots)
        {
            return $"a single root of {trace.Key}, which has {string.Join(" and ", roots)}";
        }

        var accepted = trace.Any(IsAcceptedCheckout);
        var consumed = trace.Any(span => span is { Service: "cart" or "catalog", Kind: SpanKind.Consumer });
        return accepted && !consumed ? $"the last consumer of {trace.Key}" : null;
    }

    private static bool IsAcceptedCheckout(Span span) =>
        span is { Service: "cart", Kind: SpanKind.Server }
        && span.Name.EndsWith("/checkout", StringComparison.Ordinal)
        && span.Attributes["http.response.status_code"] == "202";

    private static double AdjustedCount(Span span) =>
        double.Parse(span.Attributes.GetValueOrDefault(SamplingAttributes.AdjustedCount, "1"), CultureInfo.InvariantCulture);

    /// <summary>Reads how many traces the cart has started, by sampling decision, from its metrics.</summary>
    private async Task<(int Sampled, int Dropped)> CountTracesAsync()
    {
        using var management = shop.App.CreateHttpClient("cart", "management");
        var counts = TraceCounts().Matches(await management.GetStringAsync("/metrics"))
            .ToLookup(match => match.Groups[1].Value == "true", match => int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
        return (counts[true].Sum(), counts[false].Sum());
    }

    [GeneratedRegex(
        """^shop_sampling_traces_total\{[^}]*shop_sampling_sampled="(true|false)"[^}]*\} (\d+)""",
        RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex TraceCounts();

    [GeneratedRegex("^shop-session=([^;]+)")]
    private static partial Regex SessionCookie();
    //#if (storefront)

    /// <summary>Records the traces of the clicks, whose ids the storefront tells a simulated visitor.</summary>
    private sealed class ClickRecorder() : DelegatingHandler(new SocketsHttpHandler
    {
        UseCookies = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
    })
    {
        private readonly ConcurrentBag<string> _traces = [];

        public IReadOnlyCollection<string> Traces => _traces;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.TryAddWithoutValidation("User-Agent", "ShopVisitors/1.0");
            var response = await base.SendAsync(request, cancellationToken);
            if (request.Method == HttpMethod.Post)
            {
                _traces.Add(response.Headers.GetValues("X-Shop-Visit").Single().Split(';')[0]);
            }

            return response;
        }
    }
    //#endif
}
