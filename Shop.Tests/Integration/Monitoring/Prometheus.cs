using System.Diagnostics;
using System.Text.Json;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Monitoring;

/// <summary>A Prometheus with a directory of its own, which scrapes the services of the application each second.</summary>
internal sealed class Prometheus : IAsyncDisposable
{
    /// <summary>The external label to which alerts add the path of their section, as in <c>deploy/observability</c>.</summary>
    public const string Documentation = "https://code.example.org/shop";

    private static readonly string? _program = ServerProgram.Find("prometheus");

    private readonly DirectoryInfo _directory;
    private readonly Process _process;
    private readonly HttpClient _client;

    private Prometheus(DirectoryInfo directory, Process process, Uri address) =>
        (_directory, _process, _client) = (directory, process, new HttpClient { BaseAddress = address });

    /// <summary>Whether Prometheus is installed.</summary>
    public static bool IsInstalled => _program is not null;

    /// <summary>Starts Prometheus.</summary>
    /// <param name="targets">The management endpoints of the services, by name.</param>
    /// <param name="rules">The files of its rules.</param>
    /// <param name="alertmanager">The Alertmanager that gets its alerts.</param>
    public static async Task<Prometheus> StartAsync(
        IReadOnlyDictionary<string, Uri> targets, IReadOnlyDictionary<string, string> rules, Alertmanager alertmanager)
    {
        var directory = Directory.CreateTempSubdirectory("shop-prometheus-");
        foreach (var (name, content) in rules)
        {
            await File.WriteAllTextAsync(Path.Combine(directory.FullName, name), content);
        }

        var config = Path.Combine(directory.FullName, "prometheus.yml");
        var services = targets.Select(target =>
            $"      - {{ targets: [\"{target.Value.Authority}\"], labels: {{ service: {target.Key} }} }}");
        await File.WriteAllTextAsync(
            config,
            $$"""
            global: { scrape_interval: 1s, evaluation_interval: 1s, external_labels: { documentation: "{{Documentation}}" } }
            rule_files: [{{string.Join(", ", rules.Keys)}}]
            alerting:
              alert_relabel_configs: [{ action: labeldrop, regex: documentation }]
              alertmanagers:
                - static_configs: [{ targets: ["{{new Uri(alertmanager.Address).Authority}}"] }]
            scrape_configs:
              - job_name: services
                static_configs:
            {{string.Join('\n', services)}}
            """);
        var address = ServerProgram.GetFreeAddress();
        var process = Process.Start(new ProcessStartInfo(_program!)
        {
            ArgumentList =
            {
                $"--config.file={config}", $"--storage.tsdb.path={Path.Combine(directory.FullName, "data")}",
                $"--web.listen-address={address.Authority}", "--log.level=error",
            },
        })!;
        await ServerProgram.WaitUntilReadyAsync(address);
        return new(directory, process, address);
    }

    /// <summary>Returns the number of series that are the result of a query.</summary>
    public async Task<int> CountAsync(string query)
    {
        using var response = await _client.PostAsync("/api/v1/query", new FormUrlEncodedContent([new("query", query)]));
        var answer = await ReadAsync(response);
        return answer.GetProperty("data").GetProperty("result").GetArrayLength();
    }

    /// <summary>Returns the rules that could not be evaluated, with the reason.</summary>
    public async Task<IReadOnlyList<string>> GetFailedRulesAsync()
    {
        using var response = await _client.GetAsync("/api/v1/rules");
        var rules = (await ReadAsync(response)).GetProperty("data").GetProperty("groups").EnumerateArray()
            .SelectMany(group => group.GetProperty("rules").EnumerateArray()).ToList();
        Assert.NotEmpty(rules);
        return [.. rules.Where(rule => rule.GetProperty("health").GetString() == "err").Select(rule => rule.ToString())];
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _directory.Delete(recursive: true);
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        return JsonDocument.Parse(body).RootElement;
    }
}
