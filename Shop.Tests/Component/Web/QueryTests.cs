using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Web;

public class QueryTests
{
    private static readonly string _signingKey = Convert.ToBase64String(new byte[32]);

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

    public static TheoryData<string> Services => [.. InProcessService.NamesWithApi];

    [Theory]
    [MemberData(nameof(Services))]
    public async Task Parameter_that_has_one_value_may_be_given_only_once(string name)
    {
        using var service = InProcessService.Start(name, "Development", BearerTokens.Settings(_signingKey));
        using var document = JsonDocument.Parse(await service.Client.GetStringAsync("/openapi/v1.json"));
        var parameters =
            from path in document.RootElement.GetProperty("paths").EnumerateObject()
            from operation in path.Value.EnumerateObject()
            where operation.Value.TryGetProperty("parameters", out _)
            from parameter in operation.Value.GetProperty("parameters").EnumerateArray()
            where parameter.GetProperty("in").GetString() == "query"
            select (Path: path.Name, Name: parameter.GetProperty("name").GetString()!);

        var count = 0;
        foreach (var parameter in parameters)
        {
            var query = $"{parameter.Name}=1&{parameter.Name.ToUpperInvariant()}=2";
            var role = name == "insights" || parameter.Path.Contains("/admin/", StringComparison.Ordinal) ? "staff" : "member";
            service.Client.DefaultRequestHeaders.Authorization = new("Bearer", BearerTokens.Create(_signingKey, role));
            using var response = await service.Client.GetAsync($"{parameter.Path}?{query}");
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
            var error = Assert.Single(problem.RootElement.GetProperty("errors").EnumerateObject());
            Assert.Equal((parameter.Name, "Must be given only once."), (error.Name, error.Value[0].GetString()));
            count++;
        }

        Assert.Equal(name switch { "catalog" => 7, "orders" => 7, "insights" => 128, _ => 1 }, count);
    }

    [Theory]
    [InlineData("?id=1&id=2", null)]
    [InlineData("?x-tag=1&x-tag=2", null)]
    [InlineData("?tag=1&tag=2", null)]
    [InlineData("?body=1&body=2", null)]
    [InlineData("?q=1&q=2", "q")]
    [InlineData("?LIMIT=1&LIMIT=2", "limit")]
    [InlineData("?page-size=1&page-size=2", "page-size")]
    [InlineData("?size=1&size=2", null)]
    [InlineData("?sort=1&sort=2", "sort")]
    public async Task Name_of_a_parameter_of_the_route_the_headers_or_the_body_may_be_repeated_in_the_query(string query, string? refused)
    {
        await using var service = await TestService.Build(map: app => app.MapPost(
            "/api/items/{id}",
            (
                string id,
                [FromHeader(Name = "X-Tag")] string? tag,
                Dictionary<string, string> body,
                string? q,
                int? limit,
                [FromQuery(Name = "page-size")] int? size,
                [AsParameters] Order order) => "")).StartAsync();
        using var content = new StringContent("{}", Encoding.UTF8, "application/json");

        using var response = await service.Client.PostAsync($"/api/items/1{query}", content);

        if (refused is null)
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
        else
        {
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            var problem = await response.Content.ReadAsStringAsync();
            Assert.Contains($"\"{refused}\":[\"Must be given only once.\"]", problem, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("?utm=1&utm=2")]
    [InlineData("?id=1&id=2")]
    public async Task Parameter_that_has_several_values_or_is_unknown_may_be_repeated(string query)
    {
        await using var service = await TestService.Build(map: app => app.MapGet("/api/list", (int[] id) => id.Length)).StartAsync();

        using var response = await service.Client.GetAsync($"/api/list{query}");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private sealed record Order(string? Sort);
}
