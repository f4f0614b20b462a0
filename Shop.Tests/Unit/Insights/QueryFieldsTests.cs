using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Shop.Insights.Funnels;
using Shop.Insights.Paths;
using Shop.Insights.Queries;

namespace Shop.Tests.Unit.Insights;

public class QueryFieldsTests
{
    private static readonly DateTimeOffset _now = new(2026, 11, 26, 18, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Range_ends_now_and_has_24_hours_unless_the_address_says_otherwise()
    {
        Assert.Equal((_now.AddHours(-24), _now), GetRange(""));
        Assert.Equal((_now.AddDays(-7), _now), GetRange("?last=7d"));
        Assert.Equal((_now.AddHours(-3), _now.AddHours(-2)), GetRange("?to=2026-11-26T16:00&last=1h"));
        Assert.Equal((_now.AddHours(-3), _now.AddHours(-2)), GetRange("?from=2026-11-26T15:00:00Z&to=2026-11-26T17:00:00%2B01:00"));

        static (DateTimeOffset, DateTimeOffset) GetRange(string query)
        {
            var fields = Create(query);
            var scope = fields.GetScope();
            Assert.Empty(fields.Errors);
            return (scope.From, scope.To);
        }
    }

    [Theory]
    [InlineData("from", "?from=yesterday")]
    [InlineData("from", "?from=2026-11-27T00:00Z")]
    [InlineData("to", "?to=1")]
    [InlineData("last", "?last=d")]
    [InlineData("last", "?last=-1h")]
    [InlineData("last", "?last=9999999d")]
    [InlineData("unit", "?unit=person")]
    [InlineData("unit", "?unit=7")]
    [InlineData("synthetic", "?synthetic=1")]
    [InlineData("order", "?order=random")]
    [InlineData("window", "?window=31d")]
    [InlineData("window", "?window=0s")]
    [InlineData("by", "?by=country")]
    [InlineData("steps", "?steps=page.viewed")]
    [InlineData("segment", "?segment=new%00")]
    public void Field_of_a_funnel_that_is_not_valid_is_named(string field, string query)
    {
        var fields = Create(query);
        FunnelFields.Read(fields, new());
        Assert.Equal([field], fields.Errors.Keys);
    }

    [Theory]
    [InlineData("end", "?start=/&end=/cart")]
    [InlineData("nodes", "?nodes=all")]
    [InlineData("steps", "?steps=9")]
    [InlineData("steps", "?steps=two")]
    [InlineData("top", "?top=0")]
    public void Field_of_paths_that_is_not_valid_is_named(string field, string query)
    {
        var fields = Create(query);
        PathQuery.Read(fields);
        Assert.Equal([field], fields.Errors.Keys);
    }

    [Fact]
    public void Address_keeps_its_fields_when_one_is_replaced()
    {
        var fields = Create("?last=7d&segment=new&by=");
        Assert.Equal("?last=1h&segment=new", fields.With(("last", "1h")));
        Assert.Equal("?last=7d", fields.With(("segment", null)));
    }

    private static QueryFields Create(string query)
    {
        var context = new DefaultHttpContext();
        context.Request.QueryString = new(query);
        return new(context.Request.Query, new FakeTimeProvider(_now));
    }
}
