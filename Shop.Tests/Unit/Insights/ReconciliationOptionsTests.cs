using Shop.Insights.Reconciliation;

namespace Shop.Tests.Unit.Insights;

public class ReconciliationOptionsTests
{
    [Fact]
    public void Setting_of_the_comparison_that_is_not_valid_is_named()
    {
        AssertFails(nameof(ReconciliationOptions.MaxDifference), new() { MaxDifference = -0.1 });
        Assert.True(new ReconciliationOptionsValidator().Validate(null, new()).Succeeded);

        static void AssertFails(string setting, ReconciliationOptions options) =>
            Assert.Contains(setting, new ReconciliationOptionsValidator().Validate(null, options).FailureMessage, StringComparison.Ordinal);
    }
}
