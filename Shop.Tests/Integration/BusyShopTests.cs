using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Shop.Telemetry.Sampling;
using Shop.Tests.Support;

namespace Shop.Tests.Integration;

/// <summary>The application as it is set up where there is much to do: one trace in a hundred is kept, and the cart faces people.</summary>
public sealed class BusyShop : ShopApp
{
    protected override void Configure(IResourceBuilder<ProjectResource> service)
    {
        service
            .WithEnvironment("Shop__TraceSampling__Probability", "0.01")
            .WithEnvironment("Shop__TraceSampling__TargetPerSecond", "0")
            .WithEnvironment("Shop__TraceSampling__AlwaysSampleCriticalRoutes", "false")
            .WithEnvironment("Shop__LogSampling__Enabled", "false");
        if (service.Resource.Name == "cart")
            service.WithEnvironment("Shop__Edge__Enabled", "true");
    }
}

/// <summary>What the shop itself decides about traces, and about those who claim to be somebody. In turn with all other tests of the whole application.</summary>
[Collection(WholeApplication.Name)]
public sealed partial class BusyShopTests(BusyShop shop) : IClassFixture<BusyShop>
{
    private const int AtOnce = 8;
    private const string Kept = "ot=th:fd70a4";

    [Fact]
    public async Task At_one_percent_each_trace_is_there_whole_or_not_at_all_and_the_counts_can_be_restored()
    {
        const int Visits = 300;
        const int Reads = 3000;
        var sku = await shop.AnyProductAsync();
        var before = await BegunAsync();

        await ManyAsync(Reads, async () => await new Visitor(shop, announced: false).LinesInCartAsync());
        // 300, and as many more as it takes to have some among them: of 300 none is kept in one run of twenty.
        var bought = 0;
        do
        {
            await ManyAsync(Visits, async () => await BuyAsync(sku, declined: Interlocked.Increment(ref bought) % 5 == 0));
        }
        while ((await SpansAsync()).Count(IsCheckout) < 2);

        var after = await BegunAsync();
        var kept = after.Kept - before.Kept;
        var (traces, _) = await Eventually.ReadAsync(
            async () =>
            {
                var traces = await TracesOfTheCartAsync();
                return (Traces: traces, Missing: traces.Count == after.Kept ? traces.Select(Missing).FirstOrDefault(missing => missing is not null) : $"{after.Kept - traces.Count} traces");
            },
            read => read.Missing is null);

        Assert.All(traces.SelectMany(trace => trace), span => Assert.Equal(Kept, span.TraceState));
        Assert.Contains(traces, trace => trace.Any(IsCheckout) && trace.Any(span => span is { Service: "orders", Kind: SpanKind.Consumer }));

        // Nobody decides for himself: what is there of other traces began elsewhere, or failed or was slow, says so and counts for nothing.
        var begunHere = traces.Select(trace => trace.Key).ToHashSet();
        var others = (await SpansAsync()).Where(span => !begunHere.Contains(span.TraceId)).GroupBy(span => span.TraceId);
        Assert.All(others, trace => Assert.True(
            trace.Any(span => span.ParentId is null && span.Service != "cart") || trace.All(span => AdjustedCount(span) == 0 && span.Attributes.ContainsKey(SamplingAttributes.Reason)),
            $"{trace.Key} has {string.Join(", ", trace.Select(span => span.Name))}"));

        // Each kept one stands for a hundred. One run in two million is more than five standard deviations off.
        var all = kept + after.Dropped - before.Dropped;
        Assert.True(all >= Reads + 2 * Visits);
        var restored = traces.Sum(trace => AdjustedCount(trace.Single(span => span.ParentId is null))) - 100.0 * before.Kept;
        Assert.Equal(100.0 * kept, restored, 1.0);
        Assert.InRange(restored, all - 500 * Math.Sqrt(all * 0.01 * 0.99), all + 500 * Math.Sqrt(all * 0.01 * 0.99));
    }

    [Fact]
    public async Task A_thousand_hostile_requests_change_nothing_inside()
    {
        var visitor = new Visitor(shop, announced: false);
        await visitor.PutAsync(await shop.AnyProductAsync(), quantity: 1);
        using var client = new HttpClient(new SocketsHttpHandler { UseCookies = false, ActivityHeadersPropagator = null }) { BaseAddress = shop.Cart.BaseAddress };
        using var first = await client.GetAsync($"/api/v1/carts/{visitor.CartId}");
        var genuine = CookieOf().Match(first.Headers.GetValues("Set-Cookie").Single()).Groups[1].Value;

        var asked = new ConcurrentDictionary<string, string>();
        await Parallel.ForEachAsync(Enumerable.Range(0, 1000), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (number, cancellationToken) =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/carts/{visitor.CartId}");
            foreach (var (name, value) in HostileHeaders.Next(new Random(number), genuine))
                request.Headers.TryAddWithoutValidation(name, value);
            var sent = request.Headers.ToString();

            using var answer = await client.SendAsync(request, cancellationToken);

            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            var id = answer.Headers.GetValues("X-Request-Id").Single();
            Assert.Matches("^[0-9a-f]{32}$", id);
            Assert.True(asked.TryAdd(id, sent), "An id was given twice.");
        });

        // The cart asks the catalog for prices: two lines of the cart, and one of the catalog, for each request.
        var lines = await Eventually.ReadAsync(
            async () => (await LinesAsync()).Where(line => asked.ContainsKey(line.Attributes.GetValueOrDefault("shop.request.id", ""))).ToList(),
            lines => lines.GroupBy(line => line.Attributes["shop.request.id"]).Count(request => request.Count() == 3) == asked.Count);

        Assert.All(lines.GroupBy(line => line.Attributes["shop.request.id"]), request =>
        {
            Assert.Equal(["cart", "cart", "catalog"], request.Select(line => line.Service).Order());
            var trace = Assert.Single(request.Select(line => line.TraceId).Distinct());
            var session = Assert.Single(request.Select(line => line.Attributes["session.id"]).Distinct());
            var journey = Assert.Single(request.Select(line => line.Attributes["shop.journey.id"]).Distinct());
            Assert.All((string[])[trace!, session, journey], id =>
            {
                Assert.Matches("^[0-9a-f]{32}$", id);
                Assert.DoesNotContain(id, asked[request.Key], StringComparison.Ordinal);
            });
            Assert.All(request, line => Assert.Equal("new", line.Attributes["shop.user.segment"]));
            Assert.All(request, line => Assert.DoesNotContain("shop.critical_route", line.Attributes.Keys));
        });
        Assert.Equal(asked.Count, lines.Select(line => line.TraceId).Distinct().Count());
        Assert.Equal(asked.Count, lines.Select(line => line.Attributes["session.id"]).Distinct().Count());
        Assert.Equal(1, await visitor.LinesInCartAsync());
    }

    private static Task ManyAsync(int times, Func<Task> act) =>
        Parallel.ForEachAsync(Enumerable.Range(0, times), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (_, _) => await act());

    private async Task BuyAsync(string sku, bool declined)
    {
        var visitor = new Visitor(shop, announced: false);
        await visitor.PutAsync(sku, quantity: 1);
        using var answer = await visitor.TryCheckOutAsync(declined ? "tok_declined" : "tok_ok");
        // "Try again" is an answer too, when a machine has so much to do that the broker does not confirm in time.
        Assert.Contains(answer.StatusCode, (HttpStatusCode[])[HttpStatusCode.Accepted, HttpStatusCode.UnprocessableEntity, HttpStatusCode.Conflict, HttpStatusCode.ServiceUnavailable]);
    }

    private async Task<IReadOnlyList<IGrouping<string, Span>>> TracesOfTheCartAsync() =>
        [.. (await SpansAsync()).GroupBy(span => span.TraceId).Where(trace => trace.Any(span =>
            span is { Service: "cart", Kind: SpanKind.Server, ParentId: null } && AdjustedCount(span) > 0))];

    private async Task<List<Span>> SpansAsync()
    {
        var spans = new List<Span>();
        foreach (var service in (string[])["cart", "catalog", "orders"])
            spans.AddRange(await shop.Telemetry.LastSpansOfAsync(service));
        // The dashboard answers with whole traces.
        return [.. spans.DistinctBy(span => (span.TraceId, span.Id))];
    }

    private async Task<List<LogLine>> LinesAsync() => [.. await shop.Telemetry.LastLogsOfAsync("cart"), .. await shop.Telemetry.LastLogsOfAsync("catalog")];

    // No orphans; and a checkout that was accepted has been carried out to its last hop.
    private static string? Missing(IGrouping<string, Span> trace)
    {
        var known = trace.Select(span => span.Id).ToHashSet();
        if (trace.FirstOrDefault(span => span.ParentId is not null && !known.Contains(span.ParentId)) is { } orphan)
            return $"the parent of {orphan.Service}'s {orphan.Name} in {trace.Key}";
        if (trace.Where(span => span.ParentId is null).ToList() is not [_] and var roots)
            return $"the one beginning of {trace.Key}, which has {string.Join(" and ", roots)}";
        return trace.Any(span => IsCheckout(span) && span.Attributes["http.response.status_code"] == "202") && !trace.Any(span => span is { Service: "cart" or "catalog", Kind: SpanKind.Consumer })
            ? $"the last hop of {trace.Key}"
            : null;
    }

    private static bool IsCheckout(Span span) => span is { Service: "cart", Kind: SpanKind.Server } && span.Name.EndsWith("/checkout", StringComparison.Ordinal);

    private static double AdjustedCount(Span span) => double.Parse(span.Attributes.GetValueOrDefault(SamplingAttributes.AdjustedCount, "1"), CultureInfo.InvariantCulture);

    /// <summary>The traces that the cart itself has begun and decided about, as it counts them.</summary>
    private async Task<(int Kept, int Dropped)> BegunAsync()
    {
        using var management = shop.App.CreateHttpClient("cart", "management");
        var counts = TracesOf().Matches(await management.GetStringAsync("/metrics"))
            .ToLookup(match => match.Groups[1].Value == "true", match => int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
        return (counts[true].Sum(), counts[false].Sum());
    }

    [GeneratedRegex("""^shop_sampling_traces_total\{[^}]*shop_sampling_sampled="(true|false)"[^}]*\} (\d+)""", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex TracesOf();

    [GeneratedRegex("^shop-session=([^;]+)")]
    private static partial Regex CookieOf();
}
