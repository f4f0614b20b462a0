using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Tracing;

namespace Shop.Tests.Unit.ServiceDefaults.Journeys;

public sealed class JourneyContextTests : IDisposable
{
    private readonly ActivitySource _source = new($"{nameof(JourneyContextTests)}.{Guid.NewGuid():n}");
    private readonly TracerProvider _spans;

    public JourneyContextTests()
    {
        _spans = Sdk.CreateTracerProviderBuilder().AddSource(_source.Name).AddProcessor(new JourneySpans()).Build();
        Baggage.Current = Baggage.Create(new() { [JourneyKeys.SessionId] = "s", [JourneyKeys.JourneyId] = "j", ["stranger"] = "x" });
    }

    public void Dispose()
    {
        _spans.Dispose();
        _source.Dispose();
    }

    [Fact]
    public void Every_span_says_from_its_start_whose_it_is_and_strangers_do_not()
    {
        using var span = _source.StartActivity("any");

        Assert.Equal(["session.id=s", "shop.journey.id=j"], span!.TagObjects.Select(tag => $"{tag.Key}={tag.Value}"));
    }

    [Fact]
    public void What_is_learnt_is_on_the_running_span_and_on_all_below()
    {
        using var span = _source.StartActivity("checkout");
        JourneyContext.Set(cartItemCount: 3, itemId: "mug-01", pageFrom: "/products/{sku}");
        using var below = _source.StartActivity("below");

        foreach (var item in (Activity[])[span!, below!])
        {
            Assert.Equal(3, item.GetTagItem("shop.cart.item_count"));
            Assert.Equal("mug-01", item.GetTagItem("shop.item.id"));
            Assert.Equal("/products/{sku}", item.GetTagItem("shop.page.from"));
        }

        Assert.Equal((3, "mug-01", "/products/{sku}"), (JourneyContext.Current.CartItemCount, JourneyContext.Current.ItemId, JourneyContext.Current.PageFrom));
    }

    [Theory]
    [InlineData("no spaces")]
    [InlineData("")]
    [InlineData("a,b")]
    public void What_may_not_travel_is_not_learnt(string itemId)
    {
        JourneyContext.Set(itemId: itemId);
        Assert.Null(JourneyContext.Current.ItemId);
    }

    [Fact]
    public async Task What_is_learnt_deep_inside_is_known_to_the_whole_request_and_to_no_other()
    {
        Task[] requests;
        // As Kestrel: each request has an execution context of its own.
        using (ExecutionContext.SuppressFlow())
            requests = [.. Enumerable.Range(0, 50).Select(request => Task.Run(() => RequestAsync(request)))];
        await Task.WhenAll(requests);

        static async Task RequestAsync(int request)
        {
            Baggage.Current = default(Baggage).SetBaggage(JourneyKeys.RequestId, $"r{request}");
            await LearnAsync(request);
            Assert.Equal(request, JourneyContext.Current.CartItemCount);
            Assert.Equal($"r{request}", JourneyContext.Current.RequestId);
            Assert.Null(JourneyContext.Current.SessionId);
        }

        static async Task LearnAsync(int request)
        {
            await Task.Yield();
            JourneyContext.Set(cartItemCount: request);
        }
    }

    [Fact]
    public void The_journey_lives_on_where_no_span_is_recorded_and_instrumentation_is_suppressed()
    {
        using (SuppressInstrumentationScope.Begin())
        {
            Assert.Null(_source.StartActivity("suppressed"));
            Assert.Equal("s", JourneyContext.Current.SessionId);
            JourneyContext.Set(itemId: "mug-01");
        }

        Assert.Equal("mug-01", JourneyContext.Current.ItemId);
    }

    [Fact]
    public void A_span_costs_what_the_runtime_needs_for_its_attributes_and_nothing_more()
    {
        JourneyContext.Set(cartItemCount: 3, itemId: "mug-01");
        using var plain = new ActivitySource($"{nameof(JourneyContextTests)}.plain.{Guid.NewGuid():n}");
        using var others = Sdk.CreateTracerProviderBuilder().AddSource(plain.Name).Build();
        var (bare, enriched) = (BytesOf(plain), BytesOf(_source));

        // A linked list, and in it a node for each of four attributes: header, next, key and value.
        Assert.Equal(40 + 4 * 40, enriched - bare);

        static long BytesOf(ActivitySource source)
        {
            // Those without a parent are remembered besides, which costs a place in a table that grows.
            using var parent = source.StartActivity("parent");
            source.StartActivity("warm")!.Dispose();
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
                source.StartActivity("any")!.Dispose();
            return (GC.GetAllocatedBytesForCurrentThread() - before) / 100;
        }
    }

    [Fact]
    public void Reading_allocates_nothing()
    {
        JourneyContext.Set(cartItemCount: 3);
        Read();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            Read();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        static void Read()
        {
            var journey = JourneyContext.Current;
            _ = journey.SessionId;
            _ = journey.CartItemCount;
            foreach (var (_, _) in journey)
            {
            }
        }
    }
}
