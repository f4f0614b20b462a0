using System.Net;
using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Client;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Insights;

/// <summary>The tools of Insights, as an agent, a stranger and an attacker meet them. There is no database.</summary>
public sealed class McpTests : IDisposable
{
    private const string ListTools = """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""";

    private static readonly string _signingKey = Convert.ToBase64String(new byte[32]);

    // The tools by the operations of the API that have the same answers.
    private static readonly Dictionary<string, string> _operations = new()
    {
        ["getFunnel"] = "get_funnel",
        ["listFunnelSessions"] = "list_funnel_sessions",
        ["getCauses"] = "get_causes",
        ["getCorrelations"] = "get_correlations",
        ["getPaths"] = "get_paths",
        ["getSession"] = "get_session",
        ["getJumps"] = "get_jumps",
        ["getAlerts"] = "get_alerts",
        ["getExperiments"] = "get_experiments",
        ["getCriticalRouteCandidates"] = "get_critical_route_candidates",
        ["getQuality"] = "get_data_quality",
        ["getDayComparisons"] = "get_day_comparisons",
        ["getMap"] = "get_service_map",
    };

    private readonly InProcessService _insights = InProcessService.Start(
        "insights", "Development", BearerTokens.Settings(_signingKey));

    public void Dispose() => _insights.Dispose();

    [Fact]
    public async Task Each_endpoint_of_the_API_is_a_tool_with_the_same_arguments_and_result()
    {
        using var document = JsonDocument.Parse(await _insights.Client.GetStringAsync("/openapi/v1.json"));
        var operations = document.RootElement.GetProperty("paths").EnumerateObject()
            .Where(path => path.Name.StartsWith("/api/", StringComparison.Ordinal))
            .Select(path => path.Value.GetProperty("get"))
            .ToDictionary(operation => _operations[operation.GetProperty("operationId").GetString()!]);

        await using var agent = await ConnectAsync();
        var tools = await agent.ListToolsAsync();

        Assert.Equal(_operations.Values.Order(), tools.Select(tool => tool.Name).Order());
        Assert.All(tools, tool =>
        {
            var parameters = operations[tool.Name].TryGetProperty("parameters", out var list) ? list.EnumerateArray().ToList() : [];
            Assert.Equal(
                parameters.Select(parameter => (Name: GetText(parameter, "name")!, Description: GetText(parameter, "description")))
                    .Where(parameter => parameter.Name != "format").Order(),
                Arguments(tool).Select(argument => (argument.Name, Description: GetText(argument.Value, "description"))).Order());
            var response = operations[tool.Name].GetProperty("responses").GetProperty("200").GetProperty("content")
                .GetProperty("application/json").GetProperty("schema");
            Assert.Equal(GetProperties(document, response), GetProperties(document, tool.ReturnJsonSchema!.Value));
        });
    }

    [Fact]
    public async Task Tools_are_described_as_reading_only_and_as_safe_to_repeat()
    {
        await using var agent = await ConnectAsync();

        var tools = await agent.ListToolsAsync();

        Assert.NotEmpty(tools);
        Assert.All(tools, tool =>
        {
            var annotations = tool.ProtocolTool.Annotations!;
            Assert.Equal(
                (true, true, false, false),
                (annotations.ReadOnlyHint, annotations.IdempotentHint, annotations.DestructiveHint, annotations.OpenWorldHint));
            Assert.False(tool.JsonSchema.GetProperty("additionalProperties").GetBoolean());
        });
        Assert.Equal("shop-insights", agent.ServerInfo?.Name);
        Assert.Contains("UTC", agent.ServerInstructions, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("get_funnel", """{"window":"never"}""", "window: The value must be a number with s, m, h or d")]
    [InlineData("get_funnel", """{"steps":"page.viewed"}""", "steps: A funnel has 2 to 8 steps")]
    [InlineData("get_funnel", """{"from":"2026-11-26","to":"2026-11-25"}""", "from: The time must be before 'to'.")]
    [InlineData("get_funnel", """{"segment":"new\u0000"}""", "segment: The value must not contain U+0000.")]
    [InlineData("get_funnel", """{"segment":["new"]}""", "segment: The value must be a string, a number or a Boolean.")]
    [InlineData("get_funnel", """{"windows":"1h"}""", "windows: The tool has no such argument. Its arguments are: step")]
    [InlineData("get_funnel", """{"format":"csv"}""", "format: The tool has no such argument.")]
    [InlineData("list_funnel_sessions", """{"lost":true,"step":1}""", "step: The value must be a whole number from 2 to 5.")]
    [InlineData("get_causes", """{"step":6}""", "step: The value must be a whole number from 2 to 5.")]
    [InlineData("get_correlations", """{"step":1}""", "step: The value must be a whole number from 2 to 5.")]
    [InlineData("get_paths", """{"start":"/","end":"/cart"}""", "end: Paths have a start or an end, not both.")]
    [InlineData("get_session", "{}", "sessionId: The value is required.")]
    [InlineData("get_jumps", """{"pairs":"none"}""", "pairs: The value must be one of: route, referrer.")]
    [InlineData("get_critical_route_candidates", """{"conversion":"a b"}""", "conversion: Write 'event' or 'event property=value'.")]
    [InlineData("get_service_map", """{"last":"4000d"}""", "last: The value must be a number with s, m, h or d")]
    public async Task Argument_that_is_not_valid_is_an_error_that_names_it(string tool, string arguments, string error)
    {
        await using var agent = await ConnectAsync();

        var result = await agent.CallAsync(tool, arguments);

        Assert.True(result.IsError);
        Assert.StartsWith(error, result.GetText(), StringComparison.Ordinal);
        Assert.Null(result.StructuredContent);
    }

    [Fact]
    public async Task Whole_number_may_have_a_fraction_of_zero()
    {
        await using var agent = await ConnectAsync();

        var result = await agent.CallAsync("get_paths", """{"top":13.0,"steps":3.0}""");

        // 13 is too many, and 3 is read.
        Assert.Equal(["top"], result.GetText().Split('\n').Select(line => line.Split(':')[0]));
    }

    [Fact]
    public async Task All_arguments_that_are_not_valid_are_named()
    {
        await using var agent = await ConnectAsync();

        var result = await agent.CallAsync("get_paths", """{"top":13,"steps":1,"nodes":"all"}""");

        Assert.Equal(["nodes", "steps", "top"], result.GetText().Split('\n').Select(line => line.Split(':')[0]).Order());
    }

    [Fact]
    public async Task Value_outside_of_the_range_of_its_schema_is_refused()
    {
        await using var agent = await ConnectAsync();
        var count = 0;
        foreach (var tool in await agent.ListToolsAsync())
        {
            foreach (var argument in Arguments(tool))
            {
                foreach (var value in GetInvalidValues(argument.Value))
                {
                    var result = await agent.CallAsync(tool.Name, $$"""{"{{argument.Name}}":{{value}}}""");

                    Assert.True(result.IsError, $"{tool.Name} {argument.Name} {value}");
                    Assert.Contains($"{argument.Name}: The value must be", result.GetText(), StringComparison.Ordinal);
                    count++;
                }
            }
        }

        Assert.True(count > 30, $"{count} values");

        static string[] GetInvalidValues(JsonElement schema) => GetText(schema, "type") switch
        {
            "integer" => [$"{schema.GetProperty("minimum").GetInt32() - 1}", $"{schema.GetProperty("maximum").GetInt32() + 1}", "2.5"],
            "boolean" => ["\"maybe\"", "1"],
            _ when schema.TryGetProperty("enum", out _) => ["\"other\""],
            _ => [],
        };
    }

    [Fact]
    public async Task Answer_is_an_error_without_details_while_the_database_is_away()
    {
        await using var agent = await ConnectAsync();

        var result = await agent.CallAsync("get_alerts");

        Assert.True(result.IsError);
        Assert.Equal("An error occurred invoking 'get_alerts'.", result.GetText());
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("member", HttpStatusCode.Forbidden)]
    public async Task Agent_without_the_token_of_staff_is_refused(string? role, HttpStatusCode status)
    {
        var token = role is null ? null : BearerTokens.Create(_signingKey, role);

        var exception = await Assert.ThrowsAsync<HttpRequestException>(() => McpClients.ConnectAsync(_insights.Client, token));
        using var response = await PostAsync(_insights, ListTools, token);

        Assert.Equal(status, exception.StatusCode);
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Session_of_a_browser_is_no_token()
    {
        var properties = new AuthenticationProperties { IssuedUtc = DateTimeOffset.UtcNow, ExpiresUtc = DateTimeOffset.UtcNow.AddHours(1) };
        var staff = new ClaimsPrincipal(new ClaimsIdentity([new("sub", "staff"), new("role", "staff")], "test", "sub", "role"));
        var options = _insights.Services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get("StaffSession");
        var cookie = $"{options.Cookie.Name}={options.TicketDataFormat.Protect(new(staff, properties, "StaffSession"))}";

        using var api = await SendAsync(HttpMethod.Get, "/api/v1/funnel?window=never");
        using var tools = await SendAsync(HttpMethod.Post, "/mcp");

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.Unauthorized), (api.StatusCode, tools.StatusCode));

        async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path)
        {
            using var request = CreateRequest(method, path, method == HttpMethod.Post ? ListTools : null, token: null);
            request.Headers.Add("Cookie", cookie);
            return await _insights.Client.SendAsync(request);
        }
    }

    [Fact]
    public async Task Body_over_the_limit_is_413_and_one_that_is_no_message_is_400()
    {
        using var insights = InProcessService.StartInsights(settings: BearerTokens.Settings(_signingKey));
        var token = BearerTokens.Create(_signingKey, "staff");

        using var valid = await PostAsync(insights, ListTools + new string(' ', 60 * 1024), token);
        using var large = await PostAsync(insights, ListTools + new string(' ', 64 * 1024), token);
        using var invalid = await PostAsync(insights, "{", token);
        using var text = await PostAsync(insights, ListTools, token, "text/plain");

        Assert.Equal(HttpStatusCode.OK, valid.StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, invalid.StatusCode);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, text.StatusCode);
    }

    [Fact]
    public async Task Requests_have_the_rate_limit_of_the_API()
    {
        using var insights = InProcessService.Start(
            "insights",
            settings:
            [
                ("Shop:RequestLimits:Address:RequestsPerSecond", "1"), ("Shop:RequestLimits:Address:Burst", "1"),
                .. BearerTokens.Settings(_signingKey),
            ]);
        var token = BearerTokens.Create(_signingKey, "staff");

        // At once: the first request of a process may take longer than the second after which another one is permitted.
        var statuses = await Task.WhenAll(Enumerable.Range(0, 5).Select(async _ =>
        {
            using var response = await PostAsync(insights, ListTools, token);
            return response.StatusCode;
        }));

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.TooManyRequests], statuses.Distinct().Order());
    }

    [Fact]
    public async Task Replica_needs_no_session_and_offers_none()
    {
        using var response = await PostAsync(_insights, ListTools, BearerTokens.Create(_signingKey, "staff"));
        using var stream = CreateRequest(HttpMethod.Get, "/mcp", body: null, BearerTokens.Create(_signingKey, "staff"));
        using var refused = await _insights.Client.SendAsync(stream);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.False(response.Headers.Contains("Mcp-Session-Id"));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, refused.StatusCode);
    }

    private Task<McpClient> ConnectAsync() => McpClients.ConnectAsync(_insights.Client, BearerTokens.Create(_signingKey, "staff"));

    private static async Task<HttpResponseMessage> PostAsync(
        InProcessService insights, string body, string? token, string type = "application/json")
    {
        using var request = CreateRequest(HttpMethod.Post, "/mcp", body, token, type);
        return await insights.Client.SendAsync(request);
    }

    private static HttpRequestMessage CreateRequest(
        HttpMethod method, string path, string? body, string? token, string type = "application/json") => new(method, path)
        {
            Content = body is null ? null : new StringContent(body, Encoding.UTF8, type),
            Headers =
            {
                Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token),
                Accept = { new("application/json"), new("text/event-stream") },
            },
        };

    private static List<JsonProperty> Arguments(McpClientTool tool) => [.. tool.JsonSchema.GetProperty("properties").EnumerateObject()];

    // Those of the items of a list.
    private static IEnumerable<string> GetProperties(JsonDocument document, JsonElement schema)
    {
        schema = schema.TryGetProperty("items", out var items) ? items : schema;
        schema = schema.TryGetProperty("$ref", out var reference)
            ? document.RootElement.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1])
            : schema;
        return schema.GetProperty("properties").EnumerateObject().Select(property => property.Name).Order();
    }

    private static string? GetText(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.GetString() : null;
}
