using System.Text.RegularExpressions;
//#if (withInsights)
using Shop.Insights.Alerts;
//#endif
using Shop.Tests.Support;

namespace Shop.Tests.Component.Deploy;

/// <summary>docs/operations.md says what every alert means and what to do.</summary>
public sealed partial class RunbookTests
{
    private static readonly string _page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations.md"));

    private static readonly string _rules =
        File.ReadAllText(Path.Combine(Repository.Root, "deploy", "observability", "prometheus", "alerts.yml"));

    public static TheoryData<string> Alerts =>
    [
        .. AlertName().Matches(_rules).Select(match => match.Groups[1].Value),
        //#if (withInsights)
        .. new AlertOptions().Rules.Keys,
        AlertEvaluator.BaselineRule,
        Alert.CountMismatch,
        Alert.MissingIds,
        //#endif
    ];

    [Theory]
    [MemberData(nameof(Alerts))]
    public void Alert_has_a_section_with_what_it_means_and_what_to_do(string alert) => Assert.Matches(
        $@"(?m)^### {alert}\n\n\*\*Means\*\*: [^#]+\n\n\*\*Do\*\*: ", _page);

    [Fact]
    public void Runbook_of_every_alert_of_Prometheus_is_its_section()
    {
        var alerts = RunbookAlert().Matches(_rules).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);

        Assert.Equal(AlertName().Count(_rules), alerts.Count);
        Assert.All(alerts, alert => Assert.Equal(
            $"{{{{ $externalLabels.documentation }}}}/docs/operations.md#{alert.Key.ToLowerInvariant()}", alert.Value));
    }

    [GeneratedRegex(@"- alert: (\w+)")]
    private static partial Regex AlertName();

    [GeneratedRegex(@"- alert: (\w+)\n(?:(?!- alert).*\n)*?\s+runbook_url: ""(.+)""")]
    private static partial Regex RunbookAlert();
}
