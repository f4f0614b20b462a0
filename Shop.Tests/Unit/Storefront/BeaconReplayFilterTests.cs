using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Shop.Storefront.Browser;

namespace Shop.Tests.Unit.Storefront;

public class BeaconReplayFilterTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly BeaconReplayFilter _filter;

    public BeaconReplayFilterTests() => _filter = new(_time);

    [Fact]
    public void Event_is_accepted_once_in_its_page_and_session()
    {
        Assert.True(_filter.TryAccept("s1", "p1", 0));
        Assert.False(_filter.TryAccept("s1", "p1", 0));
        Assert.True(_filter.TryAccept("s1", "p1", 255));
        Assert.True(_filter.TryAccept("s1", "p2", 0));
        Assert.True(_filter.TryAccept("s2", "p1", 0));
    }

    [Fact]
    public void Full_filter_recognizes_the_events_of_the_latest_pages_and_does_not_grow()
    {
        const int Pages = 3 * BeaconReplayFilter.MaxPages;
        for (var page = 0; page < Pages; page++)
        {
            var id = page.ToString(CultureInfo.InvariantCulture);
            Assert.True(_filter.TryAccept("s", id, 7));
            Assert.False(_filter.TryAccept("s", id, 7));
        }

        Assert.InRange(_filter.Count, BeaconReplayFilter.MaxPages / 2, BeaconReplayFilter.MaxPages);
        for (var page = Pages - (BeaconReplayFilter.MaxPages / 2); page < Pages; page++)
        {
            Assert.False(_filter.TryAccept("s", page.ToString(CultureInfo.InvariantCulture), 7));
        }
    }

    [Fact]
    public void Page_that_reports_events_is_kept_while_the_filter_is_full()
    {
        for (var page = 0; page < 3 * BeaconReplayFilter.MaxPages; page++)
        {
            _filter.TryAccept("s", page.ToString(CultureInfo.InvariantCulture), 7);
            Assert.Equal(page == 0, _filter.TryAccept("s", "busy", 7));
        }
    }

    [Fact]
    public void Page_is_kept_for_30_minutes_after_its_last_event_and_not_forever()
    {
        Assert.True(_filter.TryAccept("s", "p", 0));
        for (var i = 1; i < 10; i++)
        {
            _time.Advance(BeaconReplayFilter.Lifetime - TimeSpan.FromSeconds(1));
            Assert.True(_filter.TryAccept("s", "p", i));
            Assert.False(_filter.TryAccept("s", "p", 0));
        }

        _time.Advance(BeaconReplayFilter.Lifetime);
        _filter.TryAccept("s", "other", 0);
        _time.Advance(BeaconReplayFilter.Lifetime);
        _filter.TryAccept("s", "other", 0);
        Assert.Equal(1, _filter.Count);
    }
}
