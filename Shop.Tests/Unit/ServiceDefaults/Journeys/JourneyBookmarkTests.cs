using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Shop.Telemetry.Journeys;

namespace Shop.Tests.Unit.ServiceDefaults.Journeys;

public sealed class JourneyBookmarkTests
{
    [Fact]
    public void What_is_done_later_is_on_the_same_journey_in_a_trace_of_its_own_with_a_link_back()
    {
        var (bookmark, began) = Begin("session.id=s-1,shop.journey.id=j-1,shop.request.id=r-1,shop.critical_route=checkout");

        using var later = new Activity("later") { IsAllDataRequested = true }.Start();
        Baggage.Current = default(Baggage).SetBaggage(JourneyKeys.RequestId, "r-2");
        JourneySnapshot.Restore(bookmark);
        JourneySnapshot.Restore(bookmark);

        Assert.NotEqual(began.TraceId, later.TraceId);
        Assert.Equal((began.TraceId, began.SpanId), Assert.Single(later.Links) is { Context: var link } ? (link.TraceId, link.SpanId) : default);
        Assert.Equal(("s-1", "j-1", "r-2", "checkout"), (
            later.GetTagItem("session.id"), later.GetTagItem("shop.journey.id"), later.GetTagItem("shop.request.id"), later.GetTagItem("shop.critical_route")));
        Assert.Equal(("s-1", "r-2"), (JourneyContext.Current.SessionId, JourneyContext.Current.RequestId));
    }

    [Fact]
    public void What_is_done_later_for_one_after_the_other_does_not_mix_them()
    {
        var (ada, _) = Begin("session.id=ada,shop.item.id=mug-01");
        var (ben, _) = Begin("session.id=ben");
        using var source = new ActivitySource($"{nameof(JourneyBookmarkTests)}.{Guid.NewGuid():n}");
        using var spans = Sdk.CreateTracerProviderBuilder().AddSource(source.Name).Build();

        using (var span = source.StartLinkedActivity("one", ada))
            Assert.Equal(("ada", "mug-01"), (span!.GetTagItem("session.id"), span.GetTagItem("shop.item.id")));
        using (var span = source.StartLinkedActivity("another", ben))
            Assert.Equal(("ben", null), (span!.GetTagItem("session.id"), span.GetTagItem("shop.item.id")));
        using (var span = source.StartLinkedActivity("nobody's", null))
            Assert.Empty(span!.TagObjects);
    }

    [Fact]
    public void In_the_trace_where_it_began_there_is_nothing_to_link_to()
    {
        using var span = new Activity("same") { IsAllDataRequested = true }.Start();
        JourneySnapshot.Restore(JourneySnapshot.Capture());

        Assert.Empty(span.Links);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("nothing")]
    [InlineData("no-trace password=secret,session.id=no%20good")]
    [InlineData("a b c")]
    public void What_is_no_bookmark_changes_nothing(string? bookmark)
    {
        Baggage.Current = default;
        using var span = new Activity("later") { IsAllDataRequested = true }.Start();
        JourneySnapshot.Restore(bookmark);

        Assert.Empty(span.Links);
        Assert.Empty(span.TagObjects);
        Assert.Equal(0, Baggage.Current.Count);
    }

    [Fact]
    public void Where_nothing_runs_there_is_nothing_to_keep()
    {
        Baggage.Current = default;
        Assert.Null(JourneySnapshot.Capture());
    }

    [Fact]
    public void The_longest_journey_fits()
    {
        var longest = string.Join(',', ((string[])["session.id", "shop.journey.id", "shop.request.id", "shop.item.id", "shop.source", "feature_flag.key", "feature_flag.result.variant"])
            .Select(name => $"{name}={new string('x', 64)}")) + $",shop.page.from=/{new string('x', 127)},shop.user.segment=returning,shop.cart.item_count=999999,shop.critical_route={new string('x', 32)}";

        Assert.Equal(longest.Split(',').Order(), Begin(longest).Bookmark!.Split(' ')[1].Split(',').Order());
    }

    private static (string? Bookmark, ActivityContext Began) Begin(string journey)
    {
        using var began = new Activity("began").Start();
        Baggage.Current = JourneyBaggage.Parse([journey]);
        var bookmark = JourneySnapshot.Capture();
        Baggage.Current = default;
        return (bookmark, began.Context);
    }
}
