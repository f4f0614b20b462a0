using Shop.Web.Sessions;

namespace Shop.Tests.Unit.Web;

/// <summary>Which sessions have a rate limit of their own.</summary>
public class VisitorSessionProofTests
{
    private static readonly DateTimeOffset _now = DateTimeOffset.UnixEpoch.AddYears(50);

    [Fact]
    public void Session_is_proven_by_its_token_only()
    {
        var first = VisitorSession.CreateForNewVisitor(_now);
        var proven = VisitorSession.Deserialize(first.Serialize())!;

        Assert.False(first.IsProven);
        Assert.True(proven.IsProven);
        // An expired token starts a new session at each request that repeats it.
        proven.StartNext(_now);
        Assert.False(proven.IsProven);
    }
}
