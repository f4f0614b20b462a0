using Shop.Visitors.Truth;

namespace Shop.Tests.Unit.Visitors;

public class RunTruthTests
{
    private static readonly VisitIds _first = new("1", "s1", "new", "", "");
    private static readonly VisitIds _second = new("2", "s2", "returning", "checkout", "two_steps");

    [Fact]
    public void Redirect_is_reached_when_its_session_then_gets_the_target_without_an_error()
    {
        var visit = new VisitTruth(0, "desktop");
        visit.AddResponse(_first, "/late", 200, null, isPage: true);
        visit.AddResponse(_first, "/a", 302, "/late", isPage: false);
        visit.AddResponse(_first, "/a", 302, "/page", isPage: false);
        visit.AddResponse(_first, "/a", 302, "/redirect", isPage: false);
        visit.AddResponse(_first, "/a", 302, "/error", isPage: false);
        visit.AddResponse(_first, "/a", 302, "/other-session", isPage: false);
        // A redirect that is a page, too, does not lead to itself.
        visit.AddResponse(_first, "/redirect", 303, "/redirect", isPage: true);
        visit.AddResponse(_first, "/page", 200, null, isPage: true);
        visit.AddResponse(_first, "/error", 503, null, isPage: true);
        visit.AddResponse(_second, "/other-session", 200, null, isPage: true);

        Assert.Equal(
            ["/late False", "/page True", "/redirect True", "/error False", "/other-session False", "/redirect False"],
            visit.Jumps.Select(jump => $"{jump.Jump.To} {jump.IsReached}"));
    }

    [Fact]
    public void Session_has_its_pages_and_the_first_segment_and_variant()
    {
        var visit = new VisitTruth(0, "desktop");
        var later = _second with { Segment = "member" };
        visit.Add(_second with { Experiment = "", Variant = "" }, "direct");
        visit.AddResponse(_second with { Experiment = "", Variant = "" }, "/", 200, null, isPage: true);
        visit.AddResponse(_second, "/checkout", 200, null, isPage: true);
        visit.AddResponse(later, "/orders", 200, null, isPage: true);
        visit.Add(later, "direct");

        var session = Assert.Single(visit.GetSessions());

        Assert.Equal(["/", "/checkout", "/orders"], session.Pages);
        Assert.Equal(("returning", "checkout:two_steps", "member"), (session.FirstSegment, session.FirstVariant, session.Segment));
    }

    [Fact]
    public void Truth_that_was_written_and_read_is_the_same()
    {
        var visit = new VisitTruth(3, "mobile");
        visit.Add(_second, "newsletter");
        visit.AddResponse(_second, "/", 200, null, isPage: true);
        visit.Expect("s2", "page.viewed", "page.viewed");
        visit.AddResponse(_second, "/a", 302, "/b", isPage: false);
        visit.Faults.Add(new(3, "lost_redirect", "s2", "2", "/a", "/b", Recovered: true));
        visit.Failures.Add(new(3, DateTimeOffset.UnixEpoch, "/", null, "No response."));
        var json = RunTruth.Create(7, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddMinutes(1), [visit]).ToJson();

        Assert.Contains("newsletter", json, StringComparison.Ordinal);
        Assert.Equal(json, RunTruth.FromJson(json).ToJson());
    }
}
