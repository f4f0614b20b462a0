using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Shop.Tests.Support;
using YamlDotNet.Serialization;

namespace Shop.Tests.Component.Deploy;

/// <summary>The rules of Prometheus and the dashboards of Grafana in <c>deploy/observability</c>.</summary>
internal static partial class MonitoringFiles
{
    public static string Directory { get; } = Path.Combine(Repository.Root, "deploy", "observability");

    public static string Prometheus { get; } = Path.Combine(Directory, "prometheus");

    public static IReadOnlyList<string> RuleFiles { get; } =
        [Path.Combine(Prometheus, "recording.yml"), Path.Combine(Prometheus, "alerts.yml")];

    /// <summary>The file names of the dashboards.</summary>
    public static IReadOnlyList<string> Dashboards { get; } =
    [
        .. System.IO.Directory.GetFiles(Path.Combine(Directory, "grafana", "dashboards"), "*.json")
            .Select(file => Path.GetFileName(file)),
    ];

    public static IEnumerable<(string? Record, string? Alert, string Expr)> GetRules() =>
        from file in RuleFiles
        from @group in ((List<object>)ReadYaml(file)["groups"]).Cast<Dictionary<object, object>>()
        from rule in ((List<object>)@group["rules"]).Cast<Dictionary<object, object>>()
        select (rule.GetValueOrDefault("record") as string, rule.GetValueOrDefault("alert") as string, (string)rule["expr"]);

    public static JsonNode Read(string dashboard) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(Directory, "grafana", "dashboards", dashboard)))!;

    /// <summary>Returns the queries of the panels, with the variables of Grafana.</summary>
    public static IEnumerable<string> GetQueries(string dashboard) =>
        from panel in Read(dashboard)["panels"]!.AsArray()
        from target in panel!["targets"]!.AsArray()
        select (string)target!["expr"]!;

    /// <summary>Returns a query as Grafana sends it: of all services, and with a rate over 5 minutes.</summary>
    public static string Resolve(string query) => query
        .Replace("$__rate_interval", "5m", StringComparison.Ordinal)
        .Replace("$service", ".*", StringComparison.Ordinal);

    /// <summary>Returns the names of the metrics that rules and dashboards query, without those that rules record.</summary>
    public static IReadOnlyCollection<string> GetMetrics() => GetRules().Select(rule => rule.Expr).Concat(Dashboards.SelectMany(GetQueries))
        .SelectMany(query => MetricName().Matches(Label().Replace(query, " ")).Select(match => match.Value))
        .Except(GetRules().Select(rule => rule.Record).OfType<string>())
        .ToHashSet();

    public static Dictionary<object, object> ReadYaml(string file) =>
        new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(File.ReadAllText(file));

    // Where PromQL names labels and values: a selector, a range, and the list of a grouping or a matching.
    [GeneratedRegex(@"\{[^}]*\}|\[[^\]]*\]|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")]
    private static partial Regex Label();

    // Functions, operators and numbers have no such names.
    [GeneratedRegex(@"\b(?:up\b|(?:shop|http|rpc|messaging|db|dotnet|traces)_\w+|(?:slo|service):[\w:]+)")]
    private static partial Regex MetricName();
}
