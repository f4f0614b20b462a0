using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Deploy;

/// <summary>The rules of Prometheus and the dashboards of <c>deploy/observability</c>.</summary>
public sealed partial class PrometheusRuleTests
{
    private static readonly string _cases = Path.Combine(MonitoringFiles.Prometheus, "tests", "rules.test.yml");

    public static TheoryData<string> Dashboards => [.. MonitoringFiles.Dashboards];

    [PromtoolFact]
    public async Task Rules_record_and_alert_as_their_cases_say() => await RunPromtoolAsync("test", "rules", _cases);

    [PromtoolFact]
    public async Task Configuration_of_Prometheus_is_valid() =>
        await RunPromtoolAsync("check", "config", Path.Combine(MonitoringFiles.Prometheus, "prometheus.yml"));

    [Fact]
    public void Every_rule_has_a_case_and_every_alert_one_in_which_it_fires()
    {
        var cases = File.ReadAllText(_cases);
        var rules = MonitoringFiles.GetRules().ToList();
        Assert.NotEmpty(rules);

        Assert.All(rules, rule =>
        {
            if (rule.Alert is null)
            {
                Assert.Contains($"'round({rule.Record}", cases, StringComparison.Ordinal);
            }
            else
            {
                Assert.Contains($"alertname: {rule.Alert}\n        exp_alerts:\n          - exp_labels", cases, StringComparison.Ordinal);
            }
        });
    }

    [Fact]
    public void Service_that_is_scraped_is_missed_when_it_has_no_replica()
    {
        var services =
            from job in (List<object>)MonitoringFiles.ReadYaml(Path.Combine(MonitoringFiles.Prometheus, "prometheus.yml"))["scrape_configs"]
            from discovery in (List<object>)((Dictionary<object, object>)job)["dns_sd_configs"]
            from name in (List<object>)((Dictionary<object, object>)discovery)["names"]
            select (string)name;
        var missing = MonitoringFiles.GetRules().Single(rule => rule.Alert == "ServiceMissing").Expr;

        Assert.Equal(InProcessService.Names.Order(), services.Order());
        Assert.All(services, service =>
            Assert.Contains($"absent(up{{job=\"services\", service=\"{service}\"}})", missing, StringComparison.Ordinal));
    }

    [Fact]
    public void Rules_and_dashboards_use_metrics_that_the_services_export()
    {
        var exported = GetExportedNames();
        var used = MonitoringFiles.GetMetrics();
        Assert.Contains("shop_checkouts_total", used);

        var unknown = used.Where(name => !exported.Contains(Suffix().Replace(name, ""))).ToList();
        Assert.Empty(unknown);
    }

    [PromtoolTheory]
    [MemberData(nameof(Dashboards))]
    public async Task Dashboard_has_queries_that_Prometheus_can_read(string dashboard)
    {
        var queries = MonitoringFiles.GetQueries(dashboard).Select(MonitoringFiles.Resolve).ToList();
        Assert.NotEmpty(queries);

        var file = Path.GetTempFileName();
        try
        {
            var rules = queries.Select((query, index) =>
                $"  - record: query:{index}\n    expr: {JsonValue.Create(query).ToJsonString()}\n");
            await File.WriteAllTextAsync(file, $"groups:\n- name: queries\n  rules:\n{string.Concat(rules)}");
            await RunPromtoolAsync("check", "rules", "--lint=none", file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Dashboards_have_names_of_their_own_and_a_title_for_each_panel()
    {
        var dashboards = MonitoringFiles.Dashboards.Select(MonitoringFiles.Read).ToList();

        var names = dashboards.Select(dashboard => (string?)dashboard["uid"]).ToHashSet();
        Assert.Equal(dashboards.Count, names.Count);
        Assert.Superset(new HashSet<string?> { "checkout", "journeys", "service" }, names);
        Assert.All(dashboards.SelectMany(dashboard => dashboard["panels"]!.AsArray()), panel =>
        {
            Assert.False(string.IsNullOrEmpty((string?)panel!["title"]));
            Assert.Equal("prometheus", (string?)panel["datasource"]!["uid"]);
        });
    }

    // Instruments have literal names, and docs/metrics.md has the names of those that are composed and of the platform.
    private static HashSet<string> GetExportedNames()
    {
        var sources =
            from project in ApplicationProjects.Libraries.Concat(ApplicationProjects.Services)
            from file in Directory.GetFiles(Path.Combine(Repository.Root, project), "*.cs", SearchOption.AllDirectories)
            where !file.Contains("/obj/", StringComparison.Ordinal)
            from match in InstrumentName().Matches(File.ReadAllText(file))
            select match.Groups[1].Value;
        string[] platform =
        [
            "up", "http.server.request.duration", "http.client.request.duration", "db.client.operation.duration",
            "dotnet.process.memory.working_set", "dotnet.process.cpu.time",
            "shop.journey_events.published", "shop.journey_events.spilled", "shop.journey_events.replayed", "shop.journey_events.lost",
        ];
        return [.. sources.Concat(platform).Select(name => Suffix().Replace(name.Replace('.', '_'), ""))];
    }

    private static async Task RunPromtoolAsync(params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo("promtool", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{await output}{await error}");
    }

    [GeneratedRegex(@"(_total|_seconds|_bytes|_ratio|_bucket|_count|_sum)+$")]
    private static partial Regex Suffix();

    [GeneratedRegex(@"""([a-z]+(?:[._][a-z_]+)+)""")]
    private static partial Regex InstrumentName();
}
