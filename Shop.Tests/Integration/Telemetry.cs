using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Shop.Tests.Integration;

/// <summary>What the dashboard really received, read through its telemetry API.</summary>
public sealed class Telemetry(HttpClient dashboard)
{
    private const int Limit = 5000;

    public static Telemetry Of(DistributedApplication app)
    {
        var resource = app.Services.GetRequiredService<DistributedApplicationModel>().Resources.OfType<IResourceWithEndpoints>().Single(x => x.Name == "aspire-dashboard");
        var client = new HttpClient { BaseAddress = new(resource.GetEndpoint("http").Url) };
        client.DefaultRequestHeaders.Add("x-api-key", app.Services.GetRequiredService<IConfiguration>()["AppHost:DashboardApiKey"]);
        return new(client);
    }

    public Task<IReadOnlyList<Span>> SpansOfAsync(string traceId) => SpansAsync($"traceId={traceId}");

    /// <summary>The spans that one service sent last.</summary>
    public Task<IReadOnlyList<Span>> LastSpansOfAsync(string service) => SpansAsync($"resource={service}");

    private async Task<IReadOnlyList<Span>> SpansAsync(string filter)
    {
        using var answer = await GetAsync($"/api/telemetry/spans?{filter}&limit={Limit}");
        return
        [
            .. from resource in Items(answer.RootElement.GetProperty("data"), "resourceSpans")
               from scope in Items(resource, "scopeSpans")
               from span in Items(scope, "spans")
               select new Span(
                   ServiceOf(resource),
                   span.GetProperty("name").GetString()!,
                   (SpanKind)span.GetProperty("kind").GetInt32(),
                   span.GetProperty("spanId").GetString()!,
                   span.TryGetProperty("parentSpanId", out var parent) ? parent.GetString() : null,
                   span.TryGetProperty("traceState", out var state) ? state.GetString() : null,
                   Attributes(span),
                   span.GetProperty("traceId").GetString()!,
                   [.. Items(span, "links").Select(link => link.GetProperty("traceId").GetString()!)]),
        ];
    }

    public Task<IReadOnlyList<LogLine>> LogsOfAsync(string traceId) => LogsAsync($"traceId={traceId}");

    /// <summary>The lines that one service sent last.</summary>
    public Task<IReadOnlyList<LogLine>> LastLogsOfAsync(string service) => LogsAsync($"resource={service}");

    private async Task<IReadOnlyList<LogLine>> LogsAsync(string filter)
    {
        using var answer = await GetAsync($"/api/telemetry/logs?{filter}&limit={Limit}");
        return
        [
            .. from resource in Items(answer.RootElement.GetProperty("data"), "resourceLogs")
               from scope in Items(resource, "scopeLogs")
               from line in Items(scope, "logRecords")
               select new LogLine(
                   ServiceOf(resource),
                   line.GetProperty("body").GetProperty("stringValue").GetString()!,
                   line.TryGetProperty("traceId", out var trace) ? trace.GetString() : null,
                   line.TryGetProperty("spanId", out var span) ? span.GetString() : null,
                   Attributes(line),
                   scope.TryGetProperty("scope", out var category) ? category.GetProperty("name").GetString()! : "",
                   line.TryGetProperty("eventName", out var name) ? name.GetString() : null),
        ];
    }

    /// <summary>All spans and log records of a trace, to the last attribute, as text.</summary>
    public async Task<string> EverythingOfAsync(string traceId)
    {
        using var spans = await GetAsync($"/api/telemetry/spans?traceId={traceId}&limit={Limit}");
        using var logs = await GetAsync($"/api/telemetry/logs?traceId={traceId}&limit={Limit}");
        return spans.RootElement.GetRawText() + logs.RootElement.GetRawText();
    }

    private async Task<JsonDocument> GetAsync(string path)
    {
        using var response = await dashboard.GetAsync(path);
        response.EnsureSuccessStatusCode();
        return await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync());
    }

    private static string ServiceOf(JsonElement resource) => Attributes(resource.GetProperty("resource"))["service.name"];

    private static Dictionary<string, string> Attributes(JsonElement element) => Items(element, "attributes")
        .ToDictionary(x => x.GetProperty("key").GetString()!, x => x.GetProperty("value").GetProperty("stringValue").GetString() ?? "");

    private static JsonElement.ArrayEnumerator Items(JsonElement element, string name) =>
        element.TryGetProperty(name, out var items) ? items.EnumerateArray() : default;
}

/// <summary>A span as it arrived.</summary>
public sealed record Span(string Service, string Name, SpanKind Kind, string Id, string? ParentId, string? TraceState, IReadOnlyDictionary<string, string> Attributes, string TraceId, IReadOnlyList<string> LinkedTraces);

/// <summary>A log record as it arrived.</summary>
public sealed record LogLine(string Service, string Text, string? TraceId, string? SpanId, IReadOnlyDictionary<string, string> Attributes, string Category, string? EventName);

/// <summary>The kinds of the OpenTelemetry protocol (opentelemetry/proto/trace/v1/trace.proto).</summary>
public enum SpanKind
{
    Unspecified = 0,
    Internal = 1,
    Server = 2,
    Client = 3,
    Producer = 4,
    Consumer = 5,
}
