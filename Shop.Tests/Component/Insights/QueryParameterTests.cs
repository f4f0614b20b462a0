using System.Text.Json;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Insights;

/// <summary>The query parameters of the API of Insights, as its OpenAPI document describes them.</summary>
public sealed class QueryParameterTests
{
    [Fact]
    public async Task Every_operation_describes_the_formats_of_its_response()
    {
        using var insights = InProcessService.Start("insights", "Development");
        using var document = JsonDocument.Parse(await insights.Client.GetStringAsync("/openapi/v1.json"));
        var paths = document.RootElement.GetProperty("paths").EnumerateObject()
            .Where(path => path.Name.StartsWith("/api/", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(paths);
        Assert.All(paths, path => Assert.Equal(
            path.Name == "/api/v1/map" ? "csv for CSV, mermaid for a flowchart of Mermaid." : "csv for CSV.",
            Assert.Single(GetParameters(path), parameter => GetName(parameter) == "format").GetProperty("description").GetString()));
    }

    [Fact]
    public async Task Comparison_of_days_has_no_parameter_for_synthetic_visitors_as_it_counts_all_events()
    {
        using var insights = InProcessService.Start("insights", "Development");
        using var document = JsonDocument.Parse(await insights.Client.GetStringAsync("/openapi/v1.json"));
        var days = document.RootElement.GetProperty("paths").EnumerateObject().Single(path => path.Name == "/api/v1/quality/days");

        Assert.Equal(["format", "from", "last", "to"], GetParameters(days).Select(GetName).Order());
    }

    private static JsonElement.ArrayEnumerator GetParameters(JsonProperty path) =>
        path.Value.GetProperty("get").GetProperty("parameters").EnumerateArray();

    private static string? GetName(JsonElement parameter) => parameter.GetProperty("name").GetString();
}
