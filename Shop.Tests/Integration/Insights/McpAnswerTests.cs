using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Integration.Insights;

/// <summary>What the tools answer, held against the API, from the service with a database of its own.</summary>
[Collection(WholeApplication.Name)]
public sealed class McpAnswerTests(ShopApp shop) : IAsyncLifetime
{
    private static readonly string _signingKey = Convert.ToBase64String(new byte[32]);
    private static readonly string _token = BearerTokens.Create(_signingKey, "staff");
    private static readonly DateTimeOffset _start = DateTimeOffset.UtcNow.AddMinutes(-10);

    private InsightsDatabase _database = null!;
    private InProcessService _insights = null!;

    public async Task InitializeAsync()
    {
        _database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));
        _insights = InProcessService.Start(
            "insights",
            settings:
            [
                ("ConnectionStrings:insightsdb", _database.ConnectionString), ("Insights:CriticalRouteCandidates:MinSessions", "1"),
                ("Insights:Correlations:MinSessions", "1"),
                .. BearerTokens.Settings(_signingKey),
            ]);
        _insights.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _token);
    }

    public async Task DisposeAsync()
    {
        _insights.Dispose();
        await _database.DisposeAsync();
    }

    [Theory]
    [InlineData("get_funnel", "funnel", """{"by":"segment","window":"1h"}""", "groups")]
    [InlineData("list_funnel_sessions", "funnel/sessions", """{"step":2,"limit":1}""", "items")]
    [InlineData("get_causes", "causes", """{"step":4}""", "causes")]
    [InlineData("get_correlations", "correlations", """{"steps":"page.viewed; cart.line_added; page.redirected"}""", "items")]
    [InlineData("get_paths", "paths", """{"steps":2,"synthetic":false}""", "nodes")]
    [InlineData("get_session", "sessions/s1", """{"sessionId":"s1"}""", "events")]
    [InlineData("get_jumps", "jumps", """{"pairs":"referrer"}""", "pairs")]
    [InlineData("get_alerts", "alerts", "{}", "items")]
    [InlineData("get_experiments", "experiments", """{"unit":"journey"}""", "experiments")]
    [InlineData("get_data_quality", "quality", "{}", "events")]
    [InlineData("get_day_comparisons", "quality/days", "{}", null)]
    [InlineData("get_critical_route_candidates", "critical-route-candidates", """{"conversion":"cart.line_added"}""", "items")]
    [InlineData("get_service_map", "map", "{}", "edges")]
    public async Task Tool_answers_with_the_numbers_of_its_endpoint(string tool, string path, string arguments, string? list)
    {
        await InsightsSample.StoreAsync(_database, _start);
        var range = tool == "get_session" ? "" : $$""","from":"{{_start.AddHours(-1):o}}","to":"{{_start.AddHours(1):o}}"}""";
        var json = range.Length == 0 ? arguments : arguments == "{}" ? "{" + range[1..] : arguments[..^1] + range;
        var query = string.Join('&', JsonNode.Parse(json)!.AsObject().Select(
            argument => $"{argument.Key}={Uri.EscapeDataString(argument.Value!.ToString())}"));
        await using var agent = await McpClients.ConnectAsync(_insights.Client, _token);

        var result = await agent.CallAsync(tool, json);
        var expected = JsonNode.Parse(await _insights.Client.GetStringAsync($"/api/v1/{path}?{query}"))!;

        Assert.NotEqual(true, result.IsError);
        var actual = JsonNode.Parse(result.StructuredContent!.Value.GetRawText())!;
        Assert.NotEmpty((list is null ? expected : expected[list]!).AsArray());
        RemoveAge(actual);
        RemoveAge(expected);
        Assert.True(JsonNode.DeepEquals(expected, actual), $"{expected}\n{actual}");
        // For clients that read no structured content. It escapes other characters.
        var text = JsonNode.Parse(result.GetText())!;
        RemoveAge(text);
        Assert.True(JsonNode.DeepEquals(actual, text), $"{actual}\n{text}");

        // It grows between the two questions.
        static void RemoveAge(JsonNode node) => (node as JsonObject)?.Remove("ageSeconds");
    }

    [Fact]
    public async Task Client_of_an_earlier_version_of_the_protocol_gets_a_list_as_an_object()
    {
        await InsightsSample.StoreAsync(_database, _start);
        await using var agent = await McpClients.ConnectAsync(_insights.Client, _token, protocolVersion: "2025-06-18");

        var result = await agent.CallAsync("get_day_comparisons");

        Assert.Equal("2025-06-18", agent.NegotiatedProtocolVersion);
        Assert.Equal(JsonValueKind.Array, result.StructuredContent!.Value.GetProperty("result").ValueKind);
    }

    [Fact]
    public async Task Session_without_events_is_an_error_that_names_the_argument()
    {
        await using var agent = await McpClients.ConnectAsync(_insights.Client, _token);

        var result = await agent.CallAsync("get_session", """{"sessionId":"unknown"}""");

        Assert.True(result.IsError);
        Assert.Equal("sessionId: No event of this session is stored.", result.GetText());
    }
}
