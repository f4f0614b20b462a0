using Microsoft.AspNetCore.Http;
using Shop.Insights.Queries;

namespace Shop.Tests.Unit.Insights;

public class CsvTextTests
{
    [Fact]
    public void Values_are_quoted_where_they_must_be_and_never_formulas()
    {
        var response = CsvText.Create(["a", "b"], [["x,\"y\"", 0.5], ["=1+1", null]]);

        Assert.Equal("a,b\r\n\"x,\"\"y\"\"\",0.5\r\n'=1+1,\r\n", response.ResponseContent);
        Assert.Equal("text/csv; charset=utf-8", response.ContentType);
    }

    [Fact]
    public void Times_and_days_have_the_form_of_ISO_8601() => Assert.Equal(
        "day,time\r\n2026-03-04,2026-03-04T05:06:07.089Z\r\n",
        CsvText.Create(
            ["day", "time"],
            [[new DateOnly(2026, 3, 4), new DateTimeOffset(2026, 3, 4, 5, 6, 7, 89, TimeSpan.Zero)]]).ResponseContent);

    [Theory]
    [InlineData("?format=csv", null, true)]
    [InlineData("?format=json", "text/csv", false)]
    [InlineData("", "text/csv", true)]
    [InlineData("", "application/json, text/csv;q=0.5", false)]
    [InlineData("", null, false)]
    public void CSV_is_chosen_by_the_field_or_by_the_Accept_header(string query, string? accept, bool expected)
    {
        var request = new DefaultHttpContext().Request;
        request.QueryString = new(query);
        request.Headers.Accept = accept;
        Assert.Equal(expected, CsvText.IsWanted(request));
    }
}
