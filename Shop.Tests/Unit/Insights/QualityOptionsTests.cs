using Shop.Insights.Quality;

namespace Shop.Tests.Unit.Insights;

public class QualityOptionsTests
{
    [Fact]
    public void Setting_of_the_quality_that_is_not_valid_is_named()
    {
        AssertFails(nameof(QualityOptions.MinShare), new() { MinShare = 1.1 });
        AssertFails(nameof(QualityOptions.EventsWithoutVisitor), new() { EventsWithoutVisitor = new('x', 1001) });
        Assert.True(new QualityOptionsValidator().Validate(null, new()).Succeeded);

        static void AssertFails(string setting, QualityOptions options) =>
            Assert.Contains(setting, new QualityOptionsValidator().Validate(null, options).FailureMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_of_events_without_a_visitor_are_separated_by_commas()
    {
        var options = new QualityOptions { EventsWithoutVisitor = "stock.expired, order.rejected" };
        Assert.True(options.HasNoVisitor("stock.expired"));
        Assert.True(options.HasNoVisitor("order.rejected"));
        Assert.False(options.HasNoVisitor("order"));
    }
}
