using Shop.Insights.Quality;

namespace Shop.Tests.Unit.Insights;

public class QualityOptionsTests
{
    [Fact]
    public void Setting_of_the_quality_that_is_not_valid_is_named()
    {
        AssertFails(nameof(QualityOptions.MinShare), new() { MinShare = 1.1 });
        Assert.True(new QualityOptionsValidator().Validate(null, new()).Succeeded);

        static void AssertFails(string setting, QualityOptions options) =>
            Assert.Contains(setting, new QualityOptionsValidator().Validate(null, options).FailureMessage, StringComparison.Ordinal);
    }
}
