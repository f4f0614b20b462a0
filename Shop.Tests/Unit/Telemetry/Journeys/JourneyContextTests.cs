using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Shop.Contracts.Journeys;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Tracing;

namespace Shop.Tests.Unit.Telemetry.Journeys;

public sealed class JourneyContextTests : IDisposable
{
    private readonly ActivitySource _source = new($"{nameof(JourneyContextTests)}.{Guid.NewGuid():n}");
    private readonly TracerProvider _tracerProvider;

    static JourneyContextTests() => JourneyKeys.Register(ShopJourneyKeys.ItemId, ShopJourneyKeys.CartItemCount);

    public JourneyContextTests()
    {
        _tracerProvider = Sdk.CreateTracerProviderBuilder().AddSource(_source.Name).AddProcessor(new JourneySpanProcessor()).Build();
        Baggage.Current = Baggage.Create(new() { [JourneyKeys.SessionId] = "s", [JourneyKeys.JourneyId] = "j", ["unregistered"] = "x" });
    }

    public void Dispose()
    {
        _tracerProvider.Dispose();
        _source.Dispose();
    }

    [Fact]
    public void Started_span_has_the_registered_values_and_no_others()
    {
        using var span = _source.StartActivity("any");

        Assert.Equal(["session.id=s", "shop.journey.id=j"], span!.TagObjects.Select(tag => $"{tag.Key}={tag.Value}"));
    }

    [Fact]
    public void Set_values_are_on_the_current_span_and_its_children()
    {
        using var span = _source.StartActivity("checkout");
        JourneyContext.Set(ShopJourneyKeys.CartItemCount, 3);
        JourneyContext.Set(ShopJourneyKeys.ItemId, "mug-01");
        JourneyContext.SetPageFrom("/products/{sku}");
        using var child = _source.StartActivity("child");

        foreach (var item in (Activity[])[span!, child!])
        {
            Assert.Equal(3, item.GetTagItem("shop.cart.item_count"));
            Assert.Equal("mug-01", item.GetTagItem("shop.item.id"));
            Assert.Equal("/products/{sku}", item.GetTagItem("shop.page.from"));
        }

        var journey = JourneyContext.Current;
        Assert.Equal(
            ("3", "mug-01", "/products/{sku}"),
            (journey.GetValue(ShopJourneyKeys.CartItemCount), journey.GetValue(ShopJourneyKeys.ItemId), journey.PageFrom));
    }

    [Fact]
    public void Value_is_on_the_spans_that_start_after_it_was_set_and_not_on_those_around_it()
    {
        using var request = _source.StartActivity("request");
        var before = _source.StartActivity("before");
        before!.Dispose();
        var current = _source.StartActivity("current");
        JourneyContext.Set(ShopJourneyKeys.ItemId, "mug-01");
        current!.Dispose();
        using var after = _source.StartActivity("after");

        Assert.Equal(
            [null, null, "mug-01", "mug-01"],
            ((Activity[])[request!, before, current, after!]).Select(span => span.GetTagItem("shop.item.id")));
    }

    [Fact]
    public async Task Concurrent_branches_of_a_request_share_their_values()
    {
        var (set, read) = (new TaskCompletionSource(), new TaskCompletionSource());
        var writer = Task.Run(async () =>
        {
            JourneyContext.Set(ShopJourneyKeys.ItemId, "mug-01");
            set.SetResult();
            await read.Task;
        });
        var reader = Task.Run(async () =>
        {
            await set.Task;
            var item = JourneyContext.Current.GetValue(ShopJourneyKeys.ItemId);
            read.SetResult();
            return item;
        });

        Assert.Equal("mug-01", await reader);
        await writer;
        Assert.Equal("s", JourneyContext.Current.SessionId);
    }

    [Theory]
    [InlineData("no spaces")]
    [InlineData("")]
    [InlineData("a,b")]
    public void Invalid_value_is_not_set(string itemId)
    {
        JourneyContext.Set(ShopJourneyKeys.ItemId, itemId);
        Assert.Null(JourneyContext.Current.GetValue(ShopJourneyKeys.ItemId));
    }

    [Fact]
    public void Value_of_an_unregistered_key_is_not_set()
    {
        var key = new JourneyKey("test.unregistered", 64);
        JourneyContext.Set(key, "a");
        Assert.Null(JourneyContext.Current.GetValue(key));
    }

    [Fact]
    public async Task Value_set_in_a_nested_call_is_visible_to_its_request_only()
    {
        Task[] requests;
        // As in Kestrel, each request has its own execution context.
        using (ExecutionContext.SuppressFlow())
        {
            requests = [.. Enumerable.Range(0, 50).Select(request => Task.Run(() => RequestAsync(request)))];
        }

        await Task.WhenAll(requests);

        static async Task RequestAsync(int request)
        {
            Baggage.Current = default(Baggage).SetBaggage(JourneyKeys.RequestId, $"r{request}");
            await SetInNestedCallAsync(request);
            Assert.Equal($"{request}", JourneyContext.Current.GetValue(ShopJourneyKeys.CartItemCount));
            Assert.Equal($"r{request}", JourneyContext.Current.RequestId);
            Assert.Null(JourneyContext.Current.SessionId);
        }

        static async Task SetInNestedCallAsync(int request)
        {
            await Task.Yield();
            JourneyContext.Set(ShopJourneyKeys.CartItemCount, request);
        }
    }

    [Fact]
    public void Journey_is_available_when_instrumentation_is_suppressed()
    {
        using (SuppressInstrumentationScope.Begin())
        {
            Assert.Null(_source.StartActivity("suppressed"));
            Assert.Equal("s", JourneyContext.Current.SessionId);
            JourneyContext.Set(ShopJourneyKeys.ItemId, "mug-01");
        }

        Assert.Equal("mug-01", JourneyContext.Current.GetValue(ShopJourneyKeys.ItemId));
    }

    [Fact]
    public void Enriched_span_allocates_only_the_tags_of_the_runtime()
    {
        JourneyContext.Set(ShopJourneyKeys.CartItemCount, 3);
        JourneyContext.Set(ShopJourneyKeys.ItemId, "mug-01");
        using var plainSource = new ActivitySource($"{nameof(JourneyContextTests)}.plain.{Guid.NewGuid():n}");
        using var plainProvider = Sdk.CreateTracerProviderBuilder().AddSource(plainSource.Name).Build();
        var (plain, enriched) = (MeasureBytesPerSpan(plainSource), MeasureBytesPerSpan(_source));

        // The runtime allocates a linked list, and a node for each of the four tags: header, next, key and value.
        Assert.Equal(40 + 4 * 40, enriched - plain);

        static long MeasureBytesPerSpan(ActivitySource source)
        {
            // Spans without a parent need space in another table, which grows.
            using var parent = source.StartActivity("parent");
            source.StartActivity("warm")!.Dispose();
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
            {
                source.StartActivity("any")!.Dispose();
            }

            return (GC.GetAllocatedBytesForCurrentThread() - before) / 100;
        }
    }

    [Fact]
    public void Reading_the_journey_allocates_nothing()
    {
        JourneyContext.Set(ShopJourneyKeys.CartItemCount, 3);
        Read();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            Read();
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        static void Read()
        {
            var journey = JourneyContext.Current;
            _ = journey.SessionId;
            _ = journey.GetValue(ShopJourneyKeys.CartItemCount);
            foreach (var (_, _) in journey)
            {
            }
        }
    }
}
