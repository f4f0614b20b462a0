using Shop.Insights.CriticalRoutes;

namespace Shop.Tests.Unit.Insights;

public class CandidateOptionsTests
{
    [Fact]
    public void Setting_of_the_candidates_that_is_not_valid_is_named()
    {
        AssertFails(nameof(CandidateOptions.Conversion), new() { Conversion = "" });
        AssertFails(nameof(CandidateOptions.Conversion), new() { Conversion = "payment.accepted amount" });
        AssertFails(nameof(CandidateOptions.MinSupport), new() { MinSupport = 1.1 });
        AssertFails(nameof(CandidateOptions.MinSessions), new() { MinSessions = 0 });
        AssertFails(nameof(CandidateOptions.MinLift), new() { MinLift = 0.9 });
        AssertFails(nameof(CandidateOptions.MaxPValue), new() { MaxPValue = -0.1 });
        Assert.True(new CandidateOptionsValidator().Validate(null, new()).Succeeded);

        static void AssertFails(string setting, CandidateOptions options) =>
            Assert.Contains(setting, new CandidateOptionsValidator().Validate(null, options).FailureMessage, StringComparison.Ordinal);
    }
}
