using Shop.Tests.EndToEnd.Support;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.EndToEnd;

/// <summary>What a visitor does is followed from the page to the last consumer.</summary>
[Collection(EndToEndApplication.Name)]
public sealed class BrowserTraceTests(ShopApp shop, Chromium chromium) : BrowserTests(shop, chromium)
{
    private static readonly string[] _services = ["cart", "catalog", "orders", "storefront"];

    private readonly ShopApp _shop = shop;

    [Fact]
    public async Task Click_on_the_order_button_is_one_trace_up_to_the_last_consumer()
    {
        var tab = await OpenTabAsync();
        await tab.AddToCartAsync(await Admin.AddAsync(onHand: 5));
        await tab.OpenAsync("/checkout");
        await tab.FillCheckoutAsync();
        var before = await FindCheckoutsAsync();
        var page = await tab.ReadTraceAsync();

        await tab.ClickAsync("#place-order");
        await tab.SeeOrderAsync("Confirmed");

        var clicks = await Eventually.ReadAsync(
            async () => (await FindCheckoutsAsync()).ExceptBy(before.Select(span => span.Id), span => span.Id).ToList(),
            clicks => clicks.Count > 0);
        var click = Assert.Single(clicks);
        var spans = await Eventually.ReadAsync(
            () => _shop.Telemetry.TraceSpansAsync(click.TraceId),
            // The cart takes the ordered lines out when the order is confirmed; that is the last consumer.
            spans => _services.All(service => spans.Any(span => span.Service == service))
                && spans.Any(span => span is { Service: "cart", Kind: SpanKind.Consumer }) && FindOrphans(spans).Count == 0);
        Assert.Equal(_services, spans.Select(span => span.Service).Distinct().Order());
        Assert.Contains(spans, span => span is { Service: "cart", Kind: SpanKind.Server });
        Assert.Contains(spans, span => span is { Service: "orders", Kind: SpanKind.Consumer });
        Assert.Contains(spans, span => span is { Service: "catalog", Kind: SpanKind.Server });

        var clicked = Assert.Single(
            await _shop.Telemetry.TraceLogsAsync(click.TraceId), record => record.EventName == "action.clicked");
        Assert.Equal("place-order", clicked.Attributes["shop.action"]);
        Assert.Equal(click.Id, spans.Single(span => span.Id == clicked.SpanId).ParentId);
        Assert.Equal([page], spans.Single(span => span.Id == click.Id).LinkedTraces);
        Assert.NotEmpty(await _shop.Telemetry.TraceSpansAsync(page));
    }

    [Fact]
    public async Task Web_vitals_are_reported_once_for_a_page_and_again_for_a_restored_one()
    {
        var tab = await OpenTabAsync();
        await tab.Page.AddInitScriptAsync(
            "window.beacons = []; navigator.sendBeacon = (address, body) => { beacons.push(body.text()); return true; };");
        await tab.OpenAsync("/");

        await PressAsync();
        await HideAsync();
        await PressAsync();
        await HideAsync();
        Assert.Equal(["cls", "inp", "lcp"], await ReadVitalsAsync());

        await tab.Page.EvaluateAsync("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))");
        await HideAsync();
        Assert.Equal(["cls", "inp", "lcp"], await ReadVitalsAsync());
        await tab.Page.EvaluateAsync("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))");
        await PressAsync();
        await HideAsync();
        Assert.Equal(["cls", "inp", "inp", "lcp"], await ReadVitalsAsync());

        // The browser reports an interaction to the script a moment after it, before it idles.
        async Task PressAsync()
        {
            await tab.Page.EvaluateAsync(
                """
                () => {
                  window.measured = new Promise(resolve =>
                    new PerformanceObserver(list => list.getEntries().some(entry => entry.interactionId) && setTimeout(resolve))
                      .observe({ type: "event", durationThreshold: 16 }));
                  addEventListener("pointerdown", () => {
                    const end = performance.now() + 50;
                    while (performance.now() < end);
                  }, { once: true });
                }
                """);
            await tab.Page.ClickAsync("h1");
            await tab.Page.EvaluateAsync("measured");
        }

        // And shows the page again.
        Task HideAsync() => tab.Page.EvaluateAsync(
            """
            () => {
              for (const hidden of [true, false]) {
                Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
                document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
              }
            }
            """);

        async Task<IEnumerable<string>> ReadVitalsAsync() => (await tab.Page.EvaluateAsync<string[]>(
            """
            async () => (await Promise.all(beacons)).flatMap(text => JSON.parse(text).events)
              .filter(event => event.type === "vital").map(event => event.name)
            """)).Order();
    }

    private async Task<IReadOnlyList<Span>> FindCheckoutsAsync() =>
    [
        .. (await _shop.Telemetry.ServiceSpansAsync("storefront"))
            .Where(span => span is { Service: "storefront", Kind: SpanKind.Server, Name: "POST /checkout" }),
    ];

    // The trace begins in the storefront, which accepts no trace context from outside.
    private static IReadOnlyList<Span> FindOrphans(IReadOnlyList<Span> spans)
    {
        var known = spans.Select(span => span.Id).ToHashSet();
        return
        [
            .. spans.Where(span => !known.Contains(span.ParentId ?? "")
                && span is not { Service: "storefront", Kind: SpanKind.Server, Name: "POST /checkout" }),
        ];
    }
}
