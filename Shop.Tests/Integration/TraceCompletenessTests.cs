using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using OpenTelemetry.Trace;
using Shop.Telemetry.Sampling;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;
using SpanKind = Shop.Tests.Integration.Support.SpanKind;

namespace Shop.Tests.Integration;

/// <summary>Hundreds of shopping trips with different outcomes: each leaves its whole trace, or none if it is not sampled.</summary>
[Collection(WholeApplication.Name)]
public sealed class TraceCompletenessTests(ShopApp shop)
{
    private const int Trips = 300;

    // A product with five units in stock.
    private const string ScarceSku = "OUT-0504";

    [Fact]
    public async Task Each_checkout_leaves_a_whole_trace_except_for_spans_lost_in_a_crash()
    {
        var skus = await shop.ProductsAsync(minAvailable: 40);
        var trips = Enumerable.Range(0, Trips).Select(i => new ShoppingTrip(i, new Visitor(shop))).ToList();

        var (before, inProgress, during, after) = (trips[..140], trips[140..160], trips[160..180], trips[180..]);

        await RunAsync(before, skus);
        await Task.WhenAll(before.Select(WaitForOutcomeAsync));
        foreach (var trip in before)
        {
            await WaitForWholeTraceAsync(trip);
        }

        await RunAsync(inProgress, skus);
        var outage = new ResourceOutage(shop.App, "orders");
        await outage.KillAsync();
        await RunAsync(during, skus); // their messages stay in the queue
        await outage.EndAsync();
        await RunAsync(after, skus);
        await Task.WhenAll(trips.Select(WaitForOutcomeAsync));

        // On a busy machine the prices may come too late. That trace is whole as well.
        string[] outcomes = ["Confirmed", "payment_declined", "out_of_stock", "lines_unavailable", "prices_unavailable"];
        Assert.All(trips, trip => Assert.Contains(trip.Outcome, outcomes));
        Assert.Contains(trips, trip => trip.Outcome == "Confirmed");
        Assert.Contains(trips, trip => trip.Outcome == "payment_declined");
        Assert.Contains(trips, trip => trip.Outcome is "out_of_stock" or "lines_unavailable");

        foreach (var trip in trips)
        {
            var crashed = inProgress.Contains(trip);
            var spans = await WaitForWholeTraceAsync(trip, crashed);
            Assert.NotEmpty(spans);
            Assert.All(spans, span =>
            {
                Assert.Equal(trip.Visitor.SessionId, span.Attributes.GetValueOrDefault("session.id"));
                Assert.Equal(trip.Visitor.JourneyId, span.Attributes.GetValueOrDefault("shop.journey.id"));
                Assert.NotEmpty(span.Attributes["shop.request.id"]);
            });
            var records = await shop.Telemetry.TraceLogsAsync(trip.Visitor.TraceId);
            Assert.NotEmpty(records);

            // A log record is exported before its span has ended.
            if (!crashed)
            {
                await Eventually.ReadAsync(
                    () => shop.Telemetry.TraceSpansAsync(trip.Visitor.TraceId),
                    spans => records.All(record => spans.Any(span => span.Id == record.SpanId)));
            }
        }
    }

    [Fact]
    public async Task Services_follow_the_sampling_decision_of_the_caller_and_totals_can_be_restored()
    {
        const int Reads = 1000;
        using var counted = new SamplingMetricsCollector();
        var options = new TestOptionsMonitor<TraceSamplingOptions>(new() { Probability = 0.01, TargetPerSecond = 0 });
        var edge = new TraceSampler(
            new SamplingPolicyProvider(options),
            new(TimeProvider.System),
            counted.Metrics,
            TimeProvider.System,
            new HttpContextAccessor(),
            isExporting: true);
        var skus = await shop.ProductsAsync(minAvailable: 40);

        // Fixed ids, so that the same traces are sampled in every run: 4 of the 300 checkouts and some of the 1000 reads.
        var random = new Random(2026);
        var trips = Enumerable.Range(0, Trips).Select(i => new ShoppingTrip(i, CreateVisitor(edge, random))).ToList();
        var reads = Enumerable.Range(0, Reads).Select(_ => CreateVisitor(edge, random)).ToList();

        await RunAsync(trips, skus);
        await Task.WhenAll(trips.Select(WaitForOutcomeAsync));
        await Concurrently.ForEachAsync(reads, visitor => visitor.AvailableAsync(skus[0]));

        // Spans are exported in order: after the trace of this checkout, nothing from before is outstanding.
        var last = new ShoppingTrip(0, new Visitor(shop));
        await RunAsync([last], skus);
        await WaitForOutcomeAsync(last);
        await WaitForWholeTraceAsync(last);

        foreach (var trip in trips)
        {
            if (trip.Visitor.IsSampled)
            {
                var spans = await WaitForWholeTraceAsync(trip);
                Assert.NotEmpty(spans);
                Assert.All(spans, span =>
                {
                    Assert.Equal("ot=th:fd70a4,congo=t61rcWkgMzE", span.TraceState);
                    Assert.Equal(100, AdjustedCount(span), 0.01);
                });
            }
            else
            {
                AssertNotSampled(await shop.Telemetry.TraceSpansAsync(trip.Visitor.TraceId));
            }
        }

        Assert.InRange(trips.Count(trip => trip.Visitor.IsSampled), 1, 10);

        var restored = 0.0;
        foreach (var visitor in reads)
        {
            var spans = await shop.Telemetry.TraceSpansAsync(visitor.TraceId);
            if (!visitor.IsSampled)
            {
                AssertNotSampled(spans);
            }

            restored += spans.Where(span => span is { Service: "catalog", Kind: SpanKind.Server }).Sum(AdjustedCount);
        }

        // 99% of a binomial distribution: 10 sampled traces plus or minus 2.58 * sqrt(1000 * 0.01 * 0.99), each of which counts for 100.
        Assert.InRange(restored, Reads - 812, Reads + 812);
        Assert.Equal(100 * reads.Count(visitor => visitor.IsSampled), restored, 1.0);
    }

    // A trace that is not sampled may have spans that failed, were slow or are on a critical route, with an adjusted count of 0.
    private static void AssertNotSampled(IReadOnlyList<Span> spans)
    {
        foreach (var span in spans)
        {
            Assert.Contains(span.Attributes.GetValueOrDefault(SamplingAttributes.Reason), (string[])["error", "slow", "critical_route"]);
            Assert.Equal(0, AdjustedCount(span));
        }
    }

    private static double AdjustedCount(Span span) =>
        double.Parse(span.Attributes[SamplingAttributes.AdjustedCount], CultureInfo.InvariantCulture);

    private Visitor CreateVisitor(TraceSampler edge, Random random)
    {
        Span<byte> id = stackalloc byte[16];
        random.NextBytes(id);
        var traceId = ActivityTraceId.CreateFromBytes(id);
        var result = edge.ShouldSample(new(default, traceId, "request", ActivityKind.Internal));
        var sampled = result.Decision == SamplingDecision.RecordAndSample;
        return new(shop, traceId.ToHexString(), sampled, sampled ? $"{result.TraceStateString},congo=t61rcWkgMzE" : null);
    }

    private async Task<IReadOnlyList<Span>> WaitForWholeTraceAsync(ShoppingTrip trip, bool crashed = false)
    {
        var (spans, _) = await Eventually.ReadAsync(
            async () =>
            {
                var spans = await shop.Telemetry.TraceSpansAsync(trip.Visitor.TraceId);
                return (Spans: spans, Missing: FindMissing(spans, trip, crashed));
            },
            read => read.Missing is null);
        return spans;
    }

    private static string? FindMissing(IReadOnlyList<Span> spans, ShoppingTrip trip, bool crashed)
    {
        var known = spans.Select(span => span.Id).Append(trip.Visitor.SpanId).ToHashSet();
        foreach (var span in spans)
        {
            // A killed process loses the spans that it has not exported: its own, never those of other services.
            var maybeCalledByOrders =
                span.Service == "orders" || span.Kind is SpanKind.Consumer || span is { Service: "catalog", Kind: SpanKind.Server };
            if ((span.ParentId is null || !known.Contains(span.ParentId)) && !(crashed && maybeCalledByOrders))
            {
                return $"the parent {span.ParentId} of {span.Service}'s {span.Name} in {trip.Visitor.TraceId} ({trip.Outcome})";
            }
        }

        // A missing leaf leaves no orphan.
        if (crashed)
        {
            return null;
        }

        if (!spans.Any(span => span.Service == "cart" && span.Attributes.ContainsKey("db.system.name")))
        {
            return $"a command of Redis in {trip.Visitor.TraceId} ({trip.Outcome})";
        }

        // Without an order the trace ends in Cart. Otherwise Cart publishes the checkout, once for all repetitions of its request that
        // follow, and Orders its result. A message that the broker has confirmed is handled by every subscriber.
        var last = trip.Order is null ? ("cart", SpanKind.Server) : ("orders", SpanKind.Producer);
        if (!spans.Any(span => (span.Service, span.Kind) == last))
        {
            return $"{last} of {trip.Visitor.TraceId} ({trip.Outcome})";
        }

        foreach (var message in spans.Where(span => span.Kind is SpanKind.Producer && !span.Attributes.ContainsKey("error.type")))
        {
            var handledBy = spans.Where(span => span.Kind is SpanKind.Consumer && span.ParentId == message.Id).Select(span => span.Service);
            if (Subscribers(message).Except(handledBy).FirstOrDefault() is { } subscriber)
            {
                return $"{subscriber}'s handling of {message.Name} in {trip.Visitor.TraceId} ({trip.Outcome})";
            }
        }

        return null;
    }

    private static string[] Subscribers(Span message) => message.Service == "cart" ? ["orders"] : ["cart", "catalog"];

    private static Task RunAsync(IEnumerable<ShoppingTrip> trips, IReadOnlyList<string> skus) =>
        Concurrently.ForEachAsync(trips, trip => RunAsync(trip, skus));

    // Of ten visitors, two have a card that is declined, one wants the scarce product, and two send their checkout three times.
    private static async Task RunAsync(ShoppingTrip trip, IReadOnlyList<string> skus)
    {
        var kind = trip.Number % 10;
        await trip.Visitor.PutAsync(kind == 2 ? ScarceSku : skus[trip.Number % skus.Count], quantity: 1);
        var key = Guid.NewGuid().ToString("n");
        for (var attempt = 0; attempt < (kind is 3 or 4 ? 3 : 1); attempt++)
        {
            using var response = await trip.Visitor.TryCheckOutAsync(kind is 0 or 1 ? "tok_declined" : "tok_ok", key);
            if (response.StatusCode != HttpStatusCode.Accepted)
            {
                trip.Outcome = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString();
                return;
            }

            trip.Order = response.Headers.Location!.ToString();
        }
    }

    private static async Task WaitForOutcomeAsync(ShoppingTrip trip)
    {
        if (trip.Order is null)
        {
            return;
        }

        var (status, reason) = await trip.Visitor.WaitForOutcomeAsync(trip.Order);
        trip.Outcome = reason ?? status;
    }

    private sealed record ShoppingTrip(int Number, Visitor Visitor)
    {
        public string? Order { get; set; }

        /// <summary><c>Confirmed</c>, or the reason why not.</summary>
        public string? Outcome { get; set; }
    }
}
