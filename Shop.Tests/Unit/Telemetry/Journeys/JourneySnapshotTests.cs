using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Shop.Contracts.Journeys;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Tracing;

namespace Shop.Tests.Unit.Telemetry.Journeys;

public sealed class JourneySnapshotTests
{
    static JourneySnapshotTests() => JourneyKeys.Register(ShopJourneyKeys.ItemId, ShopJourneyKeys.CartItemCount);

    [Fact]
    public void Deferred_work_has_its_own_trace_with_the_saved_journey_and_a_link()
    {
        var (snapshot, origin) = Capture("session.id=s-1,shop.journey.id=j-1,shop.request.id=r-1,shop.critical_route=checkout");

        using var later = new Activity("later") { IsAllDataRequested = true }.Start();
        Baggage.Current = default(Baggage).SetBaggage(JourneyKeys.RequestId, "r-2");
        JourneySnapshot.Restore(snapshot);
        JourneySnapshot.Restore(snapshot);

        Assert.NotEqual(origin.TraceId, later.TraceId);
        var link = Assert.Single(later.Links).Context;
        Assert.Equal((origin.TraceId, origin.SpanId), (link.TraceId, link.SpanId));
        Assert.Equal(
            ("s-1", "j-1", "r-2", "checkout"),
            (later.GetTagItem("session.id"), later.GetTagItem("shop.journey.id"), later.GetTagItem("shop.request.id"),
                later.GetTagItem("shop.critical_route")));
        Assert.Equal(("s-1", "r-2"), (JourneyContext.Current.SessionId, JourneyContext.Current.RequestId));
    }

    [Fact]
    public void Consecutive_items_of_a_worker_do_not_share_journeys()
    {
        var (ada, _) = Capture("session.id=ada,shop.item.id=mug-01");
        var (ben, _) = Capture("session.id=ben");
        using var source = new ActivitySource($"{nameof(JourneySnapshotTests)}.{Guid.NewGuid():n}");
        using var spans = Sdk.CreateTracerProviderBuilder().AddSource(source.Name).AddProcessor(new JourneySpanProcessor()).Build();

        using (var span = source.StartLinkedActivity("first", ada))
        {
            Assert.Equal(("ada", "mug-01"), (span.Span!.GetTagItem("session.id"), span.Span.GetTagItem("shop.item.id")));
        }

        using (var span = source.StartLinkedActivity("second", ben))
        {
            Assert.Equal(("ben", null), (span.Span!.GetTagItem("session.id"), span.Span.GetTagItem("shop.item.id")));
        }

        using (var span = source.StartLinkedActivity("without journey", null))
        {
            Assert.Empty(span.Span!.TagObjects);
        }

        using (source.StartLinkedActivity("last", ada))
        {
            Assert.Equal("ada", JourneyContext.Current.SessionId);
        }

        Assert.Null(JourneyContext.Current.SessionId);
    }

    [Fact]
    public void Restore_in_the_saved_trace_adds_no_link()
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
    public void Text_that_is_not_a_snapshot_changes_nothing(string? snapshot)
    {
        Baggage.Current = default;
        using var span = new Activity("later") { IsAllDataRequested = true }.Start();
        JourneySnapshot.Restore(snapshot);

        Assert.Empty(span.Links);
        Assert.Empty(span.TagObjects);
        Assert.Equal(0, Baggage.Current.Count);
    }

    [Fact]
    public void Capture_without_trace_and_journey_returns_null()
    {
        Baggage.Current = default;
        Assert.Null(JourneySnapshot.Capture());
    }

    [Fact]
    public void Longest_journey_fits_into_a_snapshot()
    {
        string[] ids =
        [
            "session.id", "shop.journey.id", "shop.request.id", "shop.item.id", "shop.experiment.name", "shop.experiment.group",
        ];
        string[] members =
        [
            .. ids.Select(name => $"{name}={new string('x', 64)}"),
            $"shop.page.from=/{new string('x', 127)}",
            "shop.user.segment=returning",
            "shop.cart.item_count=999999",
            $"shop.critical_route={new string('x', 32)}",
        ];

        Assert.Equal(members.Order(), Capture(string.Join(',', members)).Snapshot!.Split(' ')[1].Split(',').Order());
    }

    private static (string? Snapshot, ActivityContext Origin) Capture(string journey)
    {
        using var origin = new Activity("origin").Start();
        Baggage.Current = JourneyBaggage.Parse([journey]);
        var snapshot = JourneySnapshot.Capture();
        Baggage.Current = default;
        return (snapshot, origin.Context);
    }
}
