using Microsoft.AspNetCore.Builder;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Web;

public class QueryTests
{
    [Theory]
    [InlineData("", "||20")]
    [InlineData("?q=&sort=&limit=", "||20")]
    [InlineData("?q=a%20b&sort=&limit=5", "a b||5")]
    [InlineData("?sort&q=%26", "&||20")]
    [InlineData("?q=&q=b&sort=-price", "b|-price|20")]
    public async Task Query_parameter_without_a_value_is_an_absent_one(string query, string expected)
    {
        await using var service = await TestService.Build(map: app => app.MapGet(
            "/api/list", (string? q = null, string? sort = null, int limit = 20) => $"{q}|{sort}|{limit}")).StartAsync();

        Assert.Equal(expected, await service.Client.GetStringAsync($"/api/list{query}"));
    }
}
