using System.Globalization;
using System.Net;
using Shop.Bench.Application;
using Shop.Bench.Load;
using Shop.Bench.Measurement;

namespace Shop.Bench.Storefront;

/// <summary>
/// Measures pages and beacons of the storefront beside a minimal API, what its reverse proxy adds to a direct call, and the largest
/// contentful paint of its pages in Chromium.
/// </summary>
internal static class StorefrontBench
{
    private const int Rounds = 5;
    private const double MaxProxyMilliseconds = 0.3;
    private const double MaxPaintMilliseconds = 1000;

    private const string Product = "product";
    private const string ConstantPage = "constant page, minimal API";
    private const string Beacon = "beacon of 5 events";
    private const string BaselineBeacon = "beacon of 5 events, minimal API";

    public static async Task RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var duration = TimeSpan.FromSeconds(arguments.GetInt32("seconds", 8));
        var visits = arguments.GetInt32("visits", 9);
        var report = new Report(arguments, "storefront", "Storefront");
        await using var shop = await ShopApplication.StartAsync(1, new Dictionary<string, string>(), cancellationToken);
        await ProductSeed.InsertAsync(shop);
        await using var baseline = await BaselineApiProcess.StartAsync(shop);
        var address = shop.GetAddresses("storefront", "http").Single();
        using var storefront = new ReplicaClient([address]);
        using var visitor = await Visitor.StartAsync(address);
        var processes = shop.Processes.Append(new(baseline.Id, "minimal API")).ToDictionary();

        Dictionary<string, Func<int, Task>> scenarios = new()
        {
            ["front page"] = _ => visitor.OpenAsync("/"),
            ["list of products"] = _ => visitor.OpenAsync("/products"),
            [Product] = number => visitor.OpenAsync($"/products/{ProductSeed.Sku(number)}"),
            ["cart, empty"] = _ => visitor.OpenAsync("/cart"),
            [ConstantPage] = number => baseline.Client.GetAsync(number, BaselineApi.PagePath),
            [Beacon] = _ => visitor.ReportAsync(),
            [BaselineBeacon] = _ => visitor.ReportAsync(baseline.Address),
        };
        Console.WriteLine("Warming up");
        foreach (var step in scenarios.Values)
        {
            await ClosedLoop.RunAsync(LoadBench.Clients, duration / 2, step, cancellationToken: cancellationToken);
        }

        Console.WriteLine("Measuring");
        report.AddSection("Pages and beacons");
        report.AddParagraph($"""
            {LoadBench.Clients} clients of one visitor; each sends its next request when the previous one has completed. One replica of each
            service. The minimal API returns a constant page, and reads the same beacon without doing anything with it.
            """);
        report.AddTable("request", "requests/s", "p50", "p99", "processors used");
        foreach (var (name, step) in scenarios)
        {
            var cpu = new CpuUsage(processes);
            var load = await ClosedLoop.RunAsync(LoadBench.Clients, duration, step, cancellationToken: cancellationToken);
            report.AddRow(
                name,
                load.PerSecond.ToString("N0", CultureInfo.InvariantCulture),
                Milliseconds(load.Percentile(0.5)),
                Milliseconds(load.Percentile(0.99)),
                (cpu.GetUsed().Sum(process => process.Seconds) / load.Seconds).ToString("0.00", CultureInfo.InvariantCulture));
        }

        await AddProxyAsync(report, shop.Catalog, storefront, duration, cancellationToken);
        await AddPaintsAsync(report, address, visits, cancellationToken);
        report.Write();
    }

    // One client, so that the times are those of the calls and not of a queue. Rounds alternate, as the machine may have slow periods.
    private static async Task AddProxyAsync(
        Report report, ReplicaClient catalog, ReplicaClient storefront, TimeSpan duration, CancellationToken cancellationToken)
    {
        var (direct, proxied, own) = (new List<LoadResult>(), new List<LoadResult>(), new List<LoadResult>());
        for (var round = 0; round <= Rounds; round++)
        {
            var results = (
                await MeasureAsync(number => catalog.GetAsync(number, $"/api/v1/products/{ProductSeed.Sku(number)}")),
                await MeasureAsync(number => storefront.GetAsync(number, $"/api/v1/products/{ProductSeed.Sku(number)}")),
                await MeasureAsync(number => storefront.SendAsync(number, HttpMethod.Get, "/api/v1/none", null, HttpStatusCode.NotFound)));
            // The first round warms up.
            if (round > 0)
            {
                direct.Add(results.Item1);
                proxied.Add(results.Item2);
                own.Add(results.Item3);
            }
        }

        report.AddSection("Reverse proxy");
        report.AddParagraph($"""
            One client reads one product from Catalog, directly and through the storefront. The last row is a path of the API that no
            service has: the storefront answers by itself, after all that it does for each request. Medians of {Rounds} alternating rounds.
            """);
        report.AddTable("call", "p50", "p99");
        foreach (var (name, rounds) in (IEnumerable<(string, List<LoadResult>)>)
            [("direct", direct), ("through the storefront", proxied), ("answered by the storefront", own)])
        {
            report.AddRow(name, Milliseconds(MedianOf(rounds, 0.5)), Milliseconds(MedianOf(rounds, 0.99)));
        }

        var added = Estimate.Of(proxied.Zip(direct, (proxy, call) => proxy.Percentile(0.5) - call.Percentile(0.5)));
        report.AddTarget(
            "Time that the proxy adds at p50, with its 95% confidence interval",
            "less than 0.3 ms",
            $"{added.ToString("0.00")} ms",
            added.Mean < MaxProxyMilliseconds);

        Task<LoadResult> MeasureAsync(Func<int, Task> call) => ClosedLoop.RunAsync(
            1, duration / 4, call, cancellationToken: cancellationToken);

        static double MedianOf(List<LoadResult> rounds, double quantile) => Median.Of(rounds.Select(round => round.Percentile(quantile)));
    }

    private static async Task AddPaintsAsync(Report report, string address, int visits, CancellationToken cancellationToken)
    {
        var paints = await PaintBench.RunAsync(address, visits, cancellationToken);
        report.AddSection("Largest contentful paint");
        report.AddParagraph($"""
            Chromium on the same machine, 1280 by 720 pixels, {visits} visits of each page, each in a new session without a cache.
            """);
        report.AddTable("page", "median", "highest");
        foreach (var (page, result) in paints)
        {
            report.AddRow(page, Milliseconds(result.Percentile(0.5)), Milliseconds(result.Percentile(1)));
        }

        var slowest = paints.MaxBy(page => page.Value.Percentile(0.5));
        var median = slowest.Value.Percentile(0.5);
        var (low, high) = Median.IntervalOf(slowest.Value.Latencies);
        report.AddTarget(
            $"Largest contentful paint, median of the slowest page ({slowest.Key}) with its 95% confidence interval",
            "less than 1 s",
            $"{median:0} ms [{low:0}, {high:0}]",
            median < MaxPaintMilliseconds);
    }

    private static string Milliseconds(double value) => value.ToString("0.00 ms", CultureInfo.InvariantCulture);
}
