using Shop.Insights.CriticalRoutes;

namespace Shop.Tests.Unit.Insights;

public class CriticalRouteCandidateOptionsTests
{
    [Fact]
    public void Setting_of_the_candidates_that_is_not_valid_is_named()
    {
        AssertFails(nameof(CriticalRouteCandidateOptions.Conversion), new() { Conversion = "" });
        AssertFails(nameof(CriticalRouteCandidateOptions.Conversion), new() { Conversion = "payment.accepted amount" });
        AssertFails(nameof(CriticalRouteCandidateOptions.MinSupport), new() { MinSupport = 1.1 });
        AssertFails(nameof(CriticalRouteCandidateOptions.MinSessions), new() { MinSessions = 0 });
        AssertFails(nameof(CriticalRouteCandidateOptions.MinLift), new() { MinLift = 0.9 });
        AssertFails(nameof(CriticalRouteCandidateOptions.MaxPValue), new() { MaxPValue = -0.1 });
        Assert.True(new CriticalRouteCandidateOptionsValidator().Validate(null, new()).Succeeded);

        static void AssertFails(string setting, CriticalRouteCandidateOptions options) =>
            Assert.Contains(
                setting,
                new CriticalRouteCandidateOptionsValidator().Validate(null, options).FailureMessage,
                StringComparison.Ordinal);
    }
}
