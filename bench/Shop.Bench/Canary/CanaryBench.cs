using System.Globalization;
using Aspire.Hosting;
using Shop.Bench.Application;
using Shop.Bench.Measurement;

namespace Shop.Bench.Canary;

/// <summary>Measures how long a canary of Cart with errors keeps its share, and whether a good one is promoted.</summary>
internal static class CanaryBench
{
    private const double MaxSeconds = 10;
    private const double MaxHurt = 0.01;

    // A service in Production simulates no faults.
    private static readonly Dictionary<string, string> _errors = new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Development",
        ["Shop__SimulatedFaults__ErrorShare"] = "0.2",
    };

    // A step of a good canary lasts as long as its sessions need: as many as in Development. There is no time for the 100 sessions and the
    // five minutes of the defaults.
    private const int MinSessions = 20;

    private static readonly Dictionary<string, string> _shortSteps = new()
    {
        ["Canary__StepDuration"] = "00:00:01",
        ["Canary__MinSessions"] = MinSessions.ToString(CultureInfo.InvariantCulture),
    };

    public static async Task RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var rate = arguments.GetInt32("rate", 400);
        var report = new Report(arguments, "canary", "Canary");
        var bad = await RunAsync(_errors, [], rate, arguments.GetInt32("bad", 5), cancellationToken);
        var good = await RunAsync([], _shortSteps, rate, arguments.GetInt32("good", 20), cancellationToken);

        report.AddParagraph($"""
            The application in Production with one replica of each service and two versions of Cart, which the reverse proxy of the
            storefront calls. {rate} requests/s, whether or not earlier ones have completed, in sessions of {CanaryRun.RequestsPerVisit}
            requests that read and change a cart. Each run begins with a storefront that has just started. Its time begins when the canary
            gets its first share, is read every {CanaryRun.PollInterval.TotalSeconds:0.0} s, and ends with its roll-back or promotion.
            """);
        report.AddSection("Canary with errors");
        report.AddParagraph($"""
            A fifth of the requests to the canary is answered with 500. All settings are the defaults: it keeps 3% of the sessions until it
            is rolled back.
            """);
        AddRuns(report, bad);
        report.AddSection("Good canary");
        report.AddParagraph($"""
            The canary is the same program. It gets 3, 10, 25 and 50%, each for {MinSessions} of its sessions (default: 100) and 1 s
            (default: 5 min) at least. With the defaults, a step compares more sessions. The probability of a false alarm is at most 1% for
            any length.
            """);
        AddRuns(report, good);

        report.AddTarget(
            "Longest time until a canary with 20% errors is rolled back", "less than 10 s", $"{bad.Max(run => run.Seconds):0.0} s",
            bad.All(run => run.IsRolledBack && run.Seconds < MaxSeconds));
        var hurt = bad.Sum(run => run.Errors) / (double)bad.Sum(run => run.Requests);
        report.AddTarget("Requests until then that met an error, of all runs", "less than 1%", $"{hurt:P2}", hurt < MaxHurt);
        report.AddTarget(
            "Good canaries that are promoted", "all", $"{good.Count(run => !run.IsRolledBack)} of {good.Count}",
            good.All(run => !run.IsRolledBack));
        report.Write();
    }

    private static async Task<IReadOnlyList<CanaryRun>> RunAsync(
        Dictionary<string, string> canary, Dictionary<string, string> steps, int rate, int runs, CancellationToken cancellationToken)
    {
        await using var shop = await ShopApplication.StartAsync(
            1,
            new Dictionary<string, string>(),
            cancellationToken,
            service =>
            {
                foreach (var (name, value) in service.Resource.Name switch { "cart-canary" => canary, "storefront" => steps, _ => [] })
                {
                    service.WithEnvironment(name, value);
                }
            },
            arguments: ["--canary", "cart=Shop__SimulatedFaults__ErrorShare=0"]);
        await ProductSeed.InsertAsync(shop);
        var results = new List<CanaryRun>();
        while (results.Count < runs)
        {
            // A storefront that restarts begins with the smallest share.
            await shop.StopAsync("storefront", cancellationToken);
            await shop.StartAsync("storefront", cancellationToken);
            var run = await CanaryRun.RunAsync(
                shop.GetAddresses("storefront", "http").Single(), shop.GetAddresses("storefront", "management").Single(), rate,
                cancellationToken);
            Console.WriteLine(run);
            results.Add(run);
        }

        return results;
    }

    private static void AddRuns(Report report, IReadOnlyList<CanaryRun> runs)
    {
        report.AddTable("run", "result", "time", "requests", "requests/s", "errors");
        for (var i = 0; i < runs.Count; i++)
        {
            var run = runs[i];
            report.AddRow(
                Text(i + 1), run.IsRolledBack ? $"rolled back: {run.Reason}" : "promoted",
                string.Create(CultureInfo.InvariantCulture, $"{run.Seconds:0.0} s"), Text(run.Requests),
                Text((int)(run.Requests / run.Seconds)), Text(run.Errors));
        }

        static string Text(int number) => number.ToString("N0", CultureInfo.InvariantCulture);
    }
}
