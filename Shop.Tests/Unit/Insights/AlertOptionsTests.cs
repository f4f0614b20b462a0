using Microsoft.Extensions.Configuration;
using Shop.Insights.Alerts;

namespace Shop.Tests.Unit.Insights;

public class AlertOptionsTests
{
    [Fact]
    public void Two_rules_are_present_from_the_start_and_configuration_changes_them_and_adds_others()
    {
        var defaults = new AlertOptions();
        Assert.True(new AlertOptionsValidator().Validate(null, defaults).Succeeded);
        Assert.Equal(
            [("/api/v1/*", "401", 30), ("/login", "/sso/*", 120)],
            defaults.Rules.Values.Select(rule => (rule.From, rule.To, rule.Threshold)).Order());
        Assert.Empty(defaults.Webhooks);
        Assert.Empty(defaults.Alertmanager.Urls);

        var options = Bind(
            ("Rules:login_redirects:Threshold", "5"), ("Rules:session_invalidation:Enabled", "false"), ("Rules:cart:From", "/cart"),
            ("Rules:cart:To", "*"), ("Webhooks:ops:Url", "https://hooks.example.com/1"), ("Alertmanager:Urls:0", "http://a:9093"),
            ("Alertmanager:Urls:1", "https://b.example.com/alertmanager/"));

        Assert.Equal(["http://a:9093", "https://b.example.com/alertmanager/"], options.Alertmanager.Urls);
        Assert.True(new AlertOptionsValidator().Validate(null, options).Succeeded);
        Assert.Equal(("/login", 5), (options.Rules["login_redirects"].From, options.Rules["login_redirects"].Threshold));
        Assert.False(options.Rules["session_invalidation"].Enabled);
        Assert.Equal("/cart", options.Rules["cart"].From);
        Assert.Equal(3, options.Rules.Count);
    }

    [Theory]
    [InlineData("Rules:cart", "Rules:cart:To", "")]
    [InlineData("Rules:cart", "Rules:cart:From", "")]
    [InlineData("Rules:cart", "Rules:cart:Threshold", "0")]
    [InlineData("ResolveBelow", "Rules:cart:ResolveBelow", "101")]
    [InlineData("Rules:cart", "Rules:cart:For", "02:00:00")]
    [InlineData("Rules:cart", "Rules:cart:Severity", "7")]
    [InlineData("Rules:my rule", "Rules:my rule:Threshold", "1")]
    [InlineData("Rules:unusual_rate", "Rules:unusual_rate:Threshold", "1")]
    [InlineData("Rules:missing_ids", "Rules:missing_ids:Threshold", "1")]
    [InlineData("Webhooks:ops", "Webhooks:ops:Url", "ops@example.com")]
    [InlineData("Webhooks:ops:Url", "Webhooks:ops:Url", "https://hooks.example.com:1:2")]
    [InlineData("Webhooks:ops", "Webhooks:ops:Secret", "short")]
    [InlineData("Insights:Alerts:Alertmanager:Urls:0", "Alertmanager:Urls:0", "alertmanager:9093")]
    [InlineData("Insights:Alerts:Alertmanager:Urls:0", "Alertmanager:Urls:0", "http://")]
    [InlineData("ResendInterval", "Alertmanager:ResendInterval", "01:00:00")]
    [InlineData("History", "Baseline:History", "00:01:00")]
    [InlineData("Deviations", "Baseline:Deviations", "1")]
    [InlineData("MinCount", "Baseline:MinCount", "0")]
    [InlineData("For", "Baseline:For", "-00:00:01")]
    public void Alert_setting_that_is_not_valid_is_named(string expected, string name, string value)
    {
        var result = new AlertOptionsValidator().Validate(
            null,
            Bind(
                ("Rules:cart:From", "/cart"), ("Rules:cart:To", "*"), ("Webhooks:ops:Url", "https://hooks.example.com/1"), (name, value)));
        Assert.Contains(expected, result.FailureMessage, StringComparison.Ordinal);
    }

    private static AlertOptions Bind(params (string Name, string Value)[] settings)
    {
        var options = new AlertOptions();
        new ConfigurationBuilder()
            .AddInMemoryCollection(settings.GroupBy(setting => setting.Name).Select(group =>
                KeyValuePair.Create(group.Key, (string?)group.Last().Value)))
            .Build()
            .Bind(options);
        return options;
    }
}
