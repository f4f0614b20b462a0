using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Shop.Tests.Integration.Support;

/// <summary>Reads the spans and log records that the Aspire dashboard received, through its telemetry API.</summary>
public sealed class DashboardTelemetry(HttpClient dashboard)
{
    private const int Limit = 5000;

    public static DashboardTelemetry Of(DistributedApplication app)
    {
        var resource = app.Services.GetRequiredService<DistributedApplicationModel>().Resources
            .OfType<IResourceWithEndpoints>().Single(resource => resource.Name == "aspire-dashboard");
        var client = new HttpClient { BaseAddress = new(resource.GetEndpoint("http").Url) };
        client.DefaultRequestHeaders.Add("x-api-key", app.Services.GetRequiredService<IConfiguration>()["AppHost:DashboardApiKey"]);
        return new(client);
    }

    public Task<IReadOnlyList<Span>> TraceSpansAsync(string traceId) => SpansAsync($"traceId={traceId}");

    /// <summary>Reads the latest spans of a service, each with the whole trace that it belongs to.</summary>
    public Task<IReadOnlyList<Span>> ServiceSpansAsync(string service) => SpansAsync($"resource={service}");

    /// <summary>Reads the latest spans of all services. The dashboard has no filter for a service with several processes.</summary>
    public Task<IReadOnlyList<Span>> LatestSpansAsync() => SpansAsync("");

    private async Task<IReadOnlyList<Span>> SpansAsync(string filter)
    {
        using var response = await GetAsync($"/api/telemetry/spans?{filter}&limit={Limit}");
        return
        [
            .. from resource in Items(response.RootElement.GetProperty("data"), "resourceSpans")
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

    public Task<IReadOnlyList<LogRecord>> TraceLogsAsync(string traceId) => LogsAsync($"traceId={traceId}");

    /// <summary>Reads the latest log records of a service.</summary>
    public Task<IReadOnlyList<LogRecord>> ServiceLogsAsync(string service) => LogsAsync($"resource={service}");

    private async Task<IReadOnlyList<LogRecord>> LogsAsync(string filter)
    {
        using var response = await GetAsync($"/api/telemetry/logs?{filter}&limit={Limit}");
        return
        [
            .. from resource in Items(response.RootElement.GetProperty("data"), "resourceLogs")
               from scope in Items(resource, "scopeLogs")
               from record in Items(scope, "logRecords")
               select new LogRecord(
                   ServiceOf(resource),
                   record.GetProperty("body").GetProperty("stringValue").GetString()!,
                   record.TryGetProperty("traceId", out var trace) ? trace.GetString() : null,
                   record.TryGetProperty("spanId", out var span) ? span.GetString() : null,
                   Attributes(record),
                   scope.TryGetProperty("scope", out var category) ? category.GetProperty("name").GetString()! : "",
                   record.TryGetProperty("eventName", out var name) ? name.GetString() : null),
        ];
    }

    /// <summary>Reads all spans and log records of a trace as JSON text, with every attribute.</summary>
    public async Task<string> RawTraceAsync(string traceId)
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
