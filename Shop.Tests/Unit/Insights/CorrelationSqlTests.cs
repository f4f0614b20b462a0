using Shop.Insights.Correlations;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.Insights;

public class CorrelationSqlTests
{
    [Fact]
    public void Properties_that_are_compared_are_fields_of_events()
    {
        var fields = EventCatalog.Entries.SelectMany(entry => entry.Fields).Select(field => field.Name).ToHashSet();

        Assert.NotEmpty(CorrelationSql.Properties);
        Assert.All(CorrelationSql.Properties, property => Assert.Contains(property, fields));
    }
}
