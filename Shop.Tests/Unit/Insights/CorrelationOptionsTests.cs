using Shop.Insights.Correlations;

namespace Shop.Tests.Unit.Insights;

public class CorrelationOptionsTests
{
    [Fact]
    public void Setting_of_the_correlations_that_is_not_valid_is_named()
    {
        var validator = new CorrelationOptionsValidator();

        Assert.Contains(
            nameof(CorrelationOptions.MinSessions), validator.Validate(null, new() { MinSessions = 0 }).FailureMessage,
            StringComparison.Ordinal);
        Assert.True(validator.Validate(null, new()).Succeeded);
    }
}
