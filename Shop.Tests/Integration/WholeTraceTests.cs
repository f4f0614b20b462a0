using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using OpenTelemetry.Trace;
using Shop.Telemetry.Sampling;
using Shop.Tests.Support;

namespace Shop.Tests.Integration;

/// <summary>Many visits of every kind, and from each of them either the whole trace or nothing.</summary>
[Collection(WholeApplication.Name)]
public sealed class WholeTraceTests(ShopApp shop)
{
    private const int Visits = 300;
    private const int AtOnce = 8;

    // One of these has five pieces, for all who want it.
    private const string Scarce = "OUT-0504";

    [Fact]
    public async Task Three_hundred_visits_leave_whole_traces_and_a_crash_leaves_holes_in_those_it_had_in_hand_only()
    {
        var skus = await SkusAsync();
        var visits = Enumerable.Range(0, Visits).Select(i => new VisitorSession(i, new Visitor(shop))).ToList();

        var (before, inHand, away, after) = (visits[..140], visits[140..160], visits[160..180], visits[180..]);

        await RunAsync(before, skus);
        await Task.WhenAll(before.Select(SettleAsync));
        foreach (var visit in before)
            await WholeAsync(visit);

        await RunAsync(inHand, skus);
        // Those that come while orders is away wait in its queue.
        await shop.CrashAsync("orders", () => RunAsync(away, skus));
        await RunAsync(after, skus);
        await Task.WhenAll(visits.Select(SettleAsync));

        Assert.All(visits, visit => Assert.Contains(visit.Outcome, (string[])["Confirmed", "payment_declined", "out_of_stock", "lines_unavailable"]));
        Assert.All((string[])["Confirmed", "payment_declined"], outcome => Assert.Contains(visits, visit => visit.Outcome == outcome));
        Assert.Contains(visits, visit => visit.Outcome is "out_of_stock" or "lines_unavailable");

        foreach (var visit in visits)
        {
            var crashed = inHand.Contains(visit);
            var spans = await WholeAsync(visit, crashed);
            Assert.All(spans, span => Assert.Equal((visit.Visitor.SessionId, visit.Visitor.JourneyId), (span.Attributes.GetValueOrDefault("session.id"), span.Attributes.GetValueOrDefault("shop.journey.id"))));
            Assert.All(spans, span => Assert.NotEmpty(span.Attributes["shop.request.id"]));
            var lines = await shop.Telemetry.LogsOfAsync(visit.Visitor.TraceId);
            Assert.NotEmpty(lines);
            // A line is written while its span still runs.
            if (!crashed)
                await Eventually.ReadAsync(() => shop.Telemetry.SpansOfAsync(visit.Visitor.TraceId), spans => lines.All(line => spans.Any(span => span.Id == line.SpanId)));
        }
    }

    [Fact]
    public async Task At_one_percent_each_trace_is_there_whole_or_not_at_all_and_the_counts_can_be_restored()
    {
        const int Reads = 3000;
        using var counted = new SamplingMetricsCollector();
        var edge = new TraceSampler(new SamplingPolicyProvider(new TestOptionsMonitor<TraceSamplingOptions>(new() { Probability = 0.01, TargetPerSecond = 0 })), counted.Metrics, TimeProvider.System);
        var skus = await SkusAsync();
        // Fixed ids, so the same traces are kept in every run: 4 of the 300 visits and 32 of the 3000 reads.
        var random = new Random(2026);
        var visits = Enumerable.Range(0, Visits).Select(i => new VisitorSession(i, Sampled(edge, random))).ToList();
        var reads = Enumerable.Range(0, Reads).Select(_ => Sampled(edge, random)).ToList();

        await RunAsync(visits, skus);
        await Task.WhenAll(visits.Select(SettleAsync));
        await Parallel.ForEachAsync(reads, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (reader, _) => await reader.AvailableAsync(skus[0]));

        // What comes last arrives last: once this one is there, so is all before it.
        var last = new VisitorSession(0, new Visitor(shop));
        await RunAsync([last], skus);
        await SettleAsync(last);
        await WholeAsync(last);

        foreach (var visit in visits)
        {
            if (visit.Visitor.IsKept)
            {
                var spans = await WholeAsync(visit);
                Assert.All(spans, span => Assert.Equal("ot=th:fd70a4,congo=t61rcWkgMzE", span.TraceState));
                Assert.All(spans, span => Assert.Equal(100, AdjustedCount(span), 0.01));
            }
            else
            {
                AssertAbsent(await shop.Telemetry.SpansOfAsync(visit.Visitor.TraceId));
            }
        }

        Assert.InRange(visits.Count(visit => visit.Visitor.IsKept), 1, 10);

        var restored = 0.0;
        foreach (var reader in reads)
        {
            var spans = await shop.Telemetry.SpansOfAsync(reader.TraceId);
            if (!reader.IsKept)
                AssertAbsent(spans);
            restored += spans.Where(span => span is { Service: "catalog", Kind: SpanKind.Server }).Sum(AdjustedCount);
        }

        // 99% of a binomial distribution: 30 kept, give or take 2.58 * sqrt(3000 * 0.01 * 0.99), each standing for 100.
        Assert.InRange(restored, Reads - 1406, Reads + 1406);
        Assert.Equal(100 * reads.Count(reader => reader.IsKept), restored, 1.0);
    }

    // Of a trace that was decided against there may be parts that failed or were slow; they say so and count for nothing.
    private static void AssertAbsent(IReadOnlyList<Span> spans) => Assert.All(spans, span =>
    {
        Assert.Contains(span.Attributes.GetValueOrDefault(SamplingAttributes.Reason), (string[])["error", "slow"]);
        Assert.Equal(0, AdjustedCount(span));
    });

    private static double AdjustedCount(Span span) => double.Parse(span.Attributes[SamplingAttributes.AdjustedCount], CultureInfo.InvariantCulture);

    private Visitor Sampled(TraceSampler edge, Random random)
    {
        Span<byte> id = stackalloc byte[16];
        random.NextBytes(id);
        var traceId = ActivityTraceId.CreateFromBytes(id);
        var result = edge.ShouldSample(new(default, traceId, "visit", ActivityKind.Internal));
        var kept = result.Decision == SamplingDecision.RecordAndSample;
        return new(shop, traceId.ToHexString(), kept, kept ? $"{result.TraceStateString},congo=t61rcWkgMzE" : null);
    }

    private async Task<IReadOnlyList<Span>> WholeAsync(VisitorSession visit, bool crashed = false)
    {
        var (spans, _) = await Eventually.ReadAsync(
            async () =>
            {
                var spans = await shop.Telemetry.SpansOfAsync(visit.Visitor.TraceId);
                return (Spans: spans, Missing: Missing(spans, visit, crashed));
            },
            read => read.Missing is null);
        return spans;
    }

    private static string? Missing(IReadOnlyList<Span> spans, VisitorSession visit, bool crashed)
    {
        var known = spans.Select(span => span.Id).Append(visit.Visitor.SpanId).ToHashSet();
        foreach (var span in spans)
        {
            // A killed process takes along what it has not sent: its own spans, never those of others.
            var calledByOrders = span.Service == "orders" || span.Kind is SpanKind.Consumer || span is { Service: "catalog", Kind: SpanKind.Server };
            if ((span.ParentId is null || !known.Contains(span.ParentId)) && !(crashed && calledByOrders))
                return $"the parent {span.ParentId} of {span.Service}'s {span.Name} in {visit.Visitor.TraceId}, which ended {visit.Outcome}";
        }

        // No orphan is no proof: what nobody has for a parent could be missing too. Each outcome has its last hop.
        var last = visit.Outcome switch
        {
            "Confirmed" => ("cart", SpanKind.Consumer),
            "payment_declined" => ("catalog", SpanKind.Consumer),
            "out_of_stock" => ("orders", SpanKind.Producer),
            _ => ("cart", SpanKind.Server),
        };
        if (!crashed && !(spans.Any(span => (span.Service, span.Kind) == last) && spans.Any(span => span.Service == "cart" && span.Attributes.ContainsKey("db.system.name"))))
            return $"{last} of {visit.Visitor.TraceId}, which ended {visit.Outcome}";

        // Who was told yes three times has three messages on the way, and each gets its answer; the last maybe long after the order has settled.
        var answered = spans.Count(span => span is { Service: "orders", Kind: SpanKind.Producer });
        return !crashed && answered < visit.Accepted ? $"{visit.Accepted - answered} answers of orders in {visit.Visitor.TraceId}" : null;
    }

    private async Task<IReadOnlyList<string>> SkusAsync()
    {
        var page = await shop.Catalog.GetFromJsonAsync<JsonElement>("/api/v1/products?limit=24");
        return
        [
            .. page.GetProperty("items").EnumerateArray()
                .Where(product => product.GetProperty("available").GetInt32() >= 40)
                .Select(product => product.GetProperty("sku").GetString()!),
        ];
    }

    private static Task RunAsync(IEnumerable<VisitorSession> visits, IReadOnlyList<string> skus) =>
        Parallel.ForEachAsync(visits, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (visit, _) => await RunAsync(visit, skus));

    // Of ten visitors, two have a card that is declined, one wants what is nearly sold out, and two send their checkout three times.
    private static async Task RunAsync(VisitorSession visit, IReadOnlyList<string> skus)
    {
        var kind = visit.Number % 10;
        await visit.Visitor.PutAsync(kind == 2 ? Scarce : skus[visit.Number % skus.Count], quantity: 1);
        var key = Guid.NewGuid().ToString("n");
        for (var attempt = 0; attempt < (kind is 3 or 4 ? 3 : 1); attempt++)
        {
            using var answer = await visit.Visitor.TryCheckOutAsync(kind is 0 or 1 ? "tok_declined" : "tok_ok", key);
            if (answer.StatusCode != HttpStatusCode.Accepted)
            {
                visit.Outcome = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString();
                return;
            }

            visit.Order = answer.Headers.Location!.ToString();
            visit.Accepted++;
        }
    }

    private static async Task SettleAsync(VisitorSession visit)
    {
        if (visit.Order is null)
            return;
        var (status, reason) = await visit.Visitor.SettledAsync(visit.Order);
        visit.Outcome = reason ?? status;
    }

    private sealed record VisitorSession(int Number, Visitor Visitor)
    {
        public string? Order { get; set; }

        /// <summary>How often its checkout was answered with 202.</summary>
        public int Accepted { get; set; }

        /// <summary>Confirmed, or why not.</summary>
        public string? Outcome { get; set; }
    }
}
