using Shop.Bench.Application;
using Shop.Bench.Measurement;

namespace Shop.Bench.Insights;

/// <summary>
/// Measures Insights: events and spans that it stores per second, the time of a funnel over millions of events, and their size.
/// </summary>
internal static class InsightsBench
{
    public static async Task RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var report = new Report(arguments, "insights", "Insights");
        await using var shop = await ShopApplication.StartAsync(1, new Dictionary<string, string>(), cancellationToken);
        report.AddParagraph($"""
            The services and the servers share the machine, with the settings of Production and one replica of each service. Nobody visits
            the shop.
            """);
        await EventStoreBench.RunAsync(report, shop, arguments.GetInt32("rounds", 20), cancellationToken);
        await SpanReceiverBench.RunAsync(report, shop, arguments.GetInt32("turns", 3), cancellationToken);
        await FunnelBench.RunAsync(report, shop, arguments.GetInt32("sessions", 1_000_000), cancellationToken);
        report.Write();
    }
}
