using System.Net;
using System.Text.RegularExpressions;
using Aspire.Hosting.Testing;
using Shop.Tests.Component.Deploy;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Integration.Monitoring;

/// <summary>The rules and dashboards of <c>deploy/observability</c>, in a Prometheus that scrapes the running application.</summary>
[Collection(WholeApplication.Name)]
public sealed partial class MonitoringTests(ShopApp shop)
{
    // What a query of these returns has not happened in a shop without faults.
    private static readonly string[] _incidents =
    [
        "shop_journey_events_spilled_total", "shop_journey_events_replayed_total", "shop_journey_events_lost_total",
        "shop_overdue_order_attempts_total", "shop_sampling_tail_traces_total", "shop_sampling_tail_dropped_total",
        "shop_log_dropped_total",
        "shop_insights_events_duplicates_total", "shop_insights_events_dropped_total", "shop_insights_spans_lost_total",
        "shop_insights_messages_unreadable_total",
        "messaging_process_duration_seconds_count{service=~\"$service\", error_type!=\"\"}",
    ];

    [PrometheusFact]
    public async Task Queries_of_rules_and_dashboards_return_data_of_the_running_application_and_an_alert_reaches_Alertmanager()
    {
        await using var alertmanager = await Alertmanager.StartAsync("http://127.0.0.1:9/");
        await using var prometheus = await Prometheus.StartAsync(
            InProcessService.Names.ToDictionary(service => service, service => shop.App.GetEndpoint(service, "management")),
            MonitoringFiles.RuleFiles.ToDictionary(
                file => Path.GetFileName(file), file => Delay().Replace(File.ReadAllText(file), "for: 0s")),
            alertmanager);
        using var storefront = shop.App.CreateHttpClient("storefront", "http");
        var queries = MonitoringFiles.GetRules().Where(rule => rule.Record is not null).Select(rule => rule.Record!)
            .Concat(MonitoringFiles.Dashboards.SelectMany(MonitoringFiles.GetQueries))
            .Concat(MonitoringFiles.GetMetrics())
            .Where(query => !_incidents.Any(incident => query.Contains(incident, StringComparison.Ordinal)))
            .Append("service:http_errors:ratio_rate5m{service=\"storefront\"} > 0")
            .ToHashSet();
        Assert.True(queries.Count > 50, $"There are {queries.Count} queries.");
        // A rate is known when a counter has increased between two scrapes.
        await Eventually.ReadAsync(
            async () =>
            {
                await BuyAsync(storefront);
                foreach (var query in queries.ToList())
                {
                    if (await prometheus.CountAsync(MonitoringFiles.Resolve(query)) > 0)
                    {
                        queries.Remove(query);
                    }
                }

                return string.Join('\n', queries);
            },
            withoutData => withoutData.Length == 0);
        Assert.Empty(await prometheus.GetFailedRulesAsync());

        // More than 30 within a minute.
        await Concurrently.ForEachAsync(Enumerable.Range(0, 120), async _ =>
        {
            using var response = await storefront.GetAsync("/api/v1/orders");
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        });
        var alerts = await Eventually.ReadAsync(
            alertmanager.QueryAsync, active => active.Contains("SessionInvalidationStorm", StringComparison.Ordinal));
        Assert.Contains(
            $"\"{Prometheus.Documentation}/docs/operations.md#sessioninvalidationstorm\"", alerts, StringComparison.Ordinal);
        Assert.DoesNotContain("\"documentation\"", alerts, StringComparison.Ordinal);
    }

    // To Prometheus, a counter that begins with 1 has not increased.
    [Fact]
    public async Task Counter_whose_first_increase_raises_an_alert_is_exported_from_the_start()
    {
        var series = (await Task.WhenAll(InProcessService.Names.Select(ScrapeAsync))).SelectMany(text => text.Split('\n')).ToList();
        var counters = MonitoringFiles.GetRules().Where(rule => rule.Alert is not null)
            .SelectMany(rule => Increase().Matches(rule.Expr))
            .Select(match => (Name: match.Groups[1].Value, Labels: Label().Matches(match.Groups[2].Value).Select(label => label.Value)))
            .ToList();
        Assert.Contains(counters, counter => counter.Name == "shop_checkouts_total" && counter.Labels.Any());

        Assert.All(counters, counter => Assert.Contains(series, line =>
            line.StartsWith($"{counter.Name}{{", StringComparison.Ordinal)
            && counter.Labels.All(label => line.Contains(label, StringComparison.Ordinal))));
    }

    private async Task<string> ScrapeAsync(string service)
    {
        using var client = new HttpClient { BaseAddress = shop.App.GetEndpoint(service, "management") };
        return await client.GetStringAsync(new Uri("/metrics", UriKind.Relative));
    }

    // Each outcome that a dashboard shows.
    private async Task BuyAsync(HttpClient storefront)
    {
        foreach (var card in (string[])["tok_ok", "tok_declined"])
        {
            var visitor = new Visitor(shop);
            await visitor.PutAsync(await shop.AnyProductAsync(), quantity: 1);
            await visitor.WaitForOutcomeAsync(await visitor.CheckOutAsync(card));
        }

        // The cart is empty.
        using var refused = await new Visitor(shop).TryCheckOutAsync("tok_ok");
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        using var page = await storefront.GetAsync("/products");
        using var unauthorized = await storefront.GetAsync("/api/v1/orders");
        await FailAsync(storefront);
    }

    // As a gateway that answers in place of the catalog.
    private static async Task FailAsync(HttpClient storefront)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/products")
        {
            Headers = { { "User-Agent", "ShopVisitors/1.0" }, { "X-Shop-Fault", "gateway_timeout" } },
        };
        using var failed = await storefront.SendAsync(request);
        Assert.True((int)failed.StatusCode >= 500, $"{failed.StatusCode}");
    }

    [GeneratedRegex(@"for: \d+[smh]")]
    private static partial Regex Delay();

    [GeneratedRegex(@"\bincrease\((\w+)({[^}]*})?\[")]
    private static partial Regex Increase();

    [GeneratedRegex(@"\w+=""[^""]*""")]
    private static partial Regex Label();
}
