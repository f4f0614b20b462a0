using System.Collections.Concurrent;
using System.Diagnostics;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Storefront;

/// <summary>The requests that clicks cause.</summary>
[Collection(TracingTestGroup.Name)]
public sealed class ClickedRequestTests : RecordingStorefront
{
    [Fact]
    public async Task Click_is_recorded_once_in_the_trace_of_the_request_that_it_causes_which_is_linked_to_the_trace_of_the_page()
    {
        var spans = RecordSpans();
        var page = await OpenAsync();

        var traceId = await FollowAsync(page, $"{page.Token}.{PageId}.0.add-to-cart");
        using var response = await SendAsync(page, Beacon(page.Token, Click()));

        var clicked = Assert.Single(Events.Of("action.clicked"));
        Assert.Equal(traceId, clicked.TraceId);
        Assert.NotEqual(page.TraceId, traceId);
        Assert.Equal(Events.Of("page.viewed")[0].SessionId, clicked.SessionId);
        Assert.Equal(
            ("/products/:sku", "add-to-cart", $"{PageId}-0"),
            (clicked.Fields["shop.page.path"], clicked.Fields["shop.action"], clicked.Fields["shop.event.client_id"]));
        var trace = await spans.WaitForSpansAsync(2, ActivityTraceId.CreateFromString(traceId));
        var root = trace.Single(span => span.Kind is ActivityKind.Server);
        Assert.Equal(page.TraceId, Assert.Single(root.Links).Context.TraceId.ToHexString());
        Assert.Equal(root.SpanId, trace.Single(span => span.DisplayName == "browser events").ParentSpanId);
    }

    [Fact]
    public async Task Request_of_a_link_without_an_action_is_linked_to_the_trace_of_the_page()
    {
        var spans = RecordSpans();
        var page = await OpenAsync();

        var traceId = await FollowAsync(page, page.Token);

        Assert.Empty(Events.Of("action.clicked"));
        var root = Assert.Single(await spans.WaitForSpansAsync(1, ActivityTraceId.CreateFromString(traceId)));
        Assert.Equal(page.TraceId, Assert.Single(root.Links).Context.TraceId.ToHexString());
    }

    [Fact]
    public async Task Request_is_not_linked_to_a_page_that_is_not_sampled()
    {
        Restart([.. WithoutLimits, ("Shop:TraceSampling:Probability", "0"), ("Shop:TraceSampling:TargetPerSecond", "0")]);
        var links = new ConcurrentDictionary<string, int>();
        using var listener = new ActivityListener();
        listener.ShouldListenTo = _ => true;
        listener.ActivityStopped = span => links[span.TraceId.ToHexString()] = span.Links.Count();
        ActivitySource.AddActivityListener(listener);
        var page = await OpenAsync();

        var traceId = await FollowAsync(page, $"{page.Token}.{PageId}.0.add-to-cart");

        Assert.Equal(traceId, Assert.Single(Events.Of("action.clicked")).TraceId);
        // The span ends shortly after its response was sent.
        Assert.Equal(0, await Eventually.ReadAsync(() => Task.FromResult(links.GetValueOrDefault(traceId, -1)), count => count >= 0));
    }

    [Theory]
    [InlineData("of another session", "navigate")]
    [InlineData("changed", "navigate")]
    [InlineData("a traceparent", "navigate")]
    [InlineData("empty", "navigate")]
    [InlineData("valid", "no-cors")]
    [InlineData("valid", null)]
    public async Task Cookie_that_names_no_click_of_the_session_has_no_effect(string kind, string? mode)
    {
        var spans = RecordSpans();
        var page = await OpenAsync();
        var another = await OpenAsync();
        var token = kind switch
        {
            "of another session" => another.Token,
            "changed" => page.Token[..^3] + (page.Token.EndsWith("AAA", StringComparison.Ordinal) ? "BBB" : "AAA"),
            "a traceparent" => $"00-{page.TraceId}-00f067aa0ba902b7-01",
            "empty" => "",
            _ => page.Token,
        };

        var traceId = await FollowAsync(page, $"{token}.{PageId}.0.add-to-cart", mode);

        Assert.Empty(Events.Of("action.clicked"));
        Assert.DoesNotContain(traceId, (string[])[page.TraceId, another.TraceId]);
        Assert.Empty(Assert.Single(await spans.WaitForSpansAsync(1, ActivityTraceId.CreateFromString(traceId))).Links);
    }

    [Theory]
    [InlineData("0123456789ab.0.Ada <a@b.c>")]
    [InlineData("0123456789ab.256.add-to-cart")]
    [InlineData("0123456789ab.-1.add-to-cart")]
    [InlineData("0123.0.add-to-cart")]
    [InlineData("0123456789ab.0")]
    [InlineData("0123456789ab.0.add-to-cart.more")]
    public async Task Cookie_with_an_invalid_click_records_no_event(string click)
    {
        var page = await OpenAsync();

        await FollowAsync(page, $"{page.Token}.{click}");

        Assert.Empty(Events.Of("action.clicked"));
    }
}
