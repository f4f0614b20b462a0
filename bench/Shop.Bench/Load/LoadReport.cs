using System.Globalization;
using Shop.Bench.Application;
using Shop.Bench.Measurement;

namespace Shop.Bench.Load;

/// <summary>Writes the page of the load benchmark.</summary>
internal static class LoadReport
{
    private const double MinShareOfBaseline = 0.7;
    private const double MaxRatioToLowerBound = 3;

    public static void Write(Report report, List<LoadRun> runs)
    {
        report.AddParagraph($"""
            The load generator, the services and the servers share the machine. {LoadBench.Clients} clients run concurrently unless one
            client is mentioned; each sends its next request when the previous one has completed. The clients address every replica in turn
            at its own port, and Redis, Postgres and RabbitMQ at theirs, without a proxy. With one replica the services also address each
            other directly; with more replicas their gRPC calls pass through the proxy of DCP. All signals are enabled, with default
            sampling, and are exported with OTLP. Request limits are raised. The catalog has {ProductSeed.Count} products. A checkout buys
            one unit of one product. Brackets: the 95% confidence interval of the mean ratio of {LoadBench.Rounds} alternating rounds.
            """);

        AddCheckouts(report, runs);
        AddSingleClient(report, runs);
        AddReads(report, runs);
        AddLowerBounds(report, runs);
        AddCpuUsage(report, runs);
        AddTargets(report, runs[0]);
        report.Write();
    }

    private static void AddCheckouts(Report report, List<LoadRun> runs)
    {
        report.AddSection("Checkout");
        report.AddParagraph($"""
            From the HTTP request to the message by which Orders reports the stored order as Confirmed. {LoadBench.Clients} clients.
            """);
        report.AddTable(
            "replicas", "confirmed/s", "p50", "p95", "p99", "202 p50", "202 p99", "share of raw inserts/s", "share of raw publishes/s");
        foreach (var run in runs)
        {
            var (accepted, confirmed) = (run.Checkouts.Accepted, run.Checkouts.Confirmed);
            report.AddRow(
                $"{run.Replicas}",
                Number(confirmed.PerSecond),
                Latency(confirmed, 0.5),
                Latency(confirmed, 0.95),
                Latency(confirmed, 0.99),
                Latency(accepted, 0.5),
                Latency(accepted, 0.99),
                Share(confirmed.PerSecond / run.LowerBounds[LowerBounds.InsertScenario].Load.PerSecond),
                Share(confirmed.PerSecond / run.LowerBounds[LowerBounds.PublishScenario].Load.PerSecond));
        }
    }

    private static void AddSingleClient(Report report, List<LoadRun> runs)
    {
        report.AddSection("Latency of the 202 response with one client");
        report.AddParagraph($"""
            One client, which starts its next checkout when its last order is confirmed. Lower bound: two round trips to Redis with the same
            commands and one confirmed message to a quorum queue, through the client libraries alone.
            """);
        report.AddTable("replicas", "202 p50", "p95", "p99", "lower bound p50", "p95", "p99", "ratio at p50");
        foreach (var run in runs)
        {
            var (accepted, lowerBound) = (LoadResult.Combine(run.SingleClient), LoadResult.Combine(run.SingleClientLowerBound));
            report.AddRow(
                $"{run.Replicas}",
                Latency(accepted, 0.5),
                Latency(accepted, 0.95),
                Latency(accepted, 0.99),
                Latency(lowerBound, 0.5),
                Latency(lowerBound, 0.95),
                Latency(lowerBound, 0.99),
                RatioToLowerBound(run).ToString("0.00"));
        }
    }

    private static void AddReads(Report report, List<LoadRun> runs)
    {
        report.AddSection("Reads");
        report.AddParagraph($"""
            The baseline API is a minimal API in a process of its own that sends the same SQL with Npgsql, returns the same JSON and does
            nothing else. It is measured with the default settings of Npgsql and, tuned, with its fastest settings
            ({ReadScenarios.TunedConnectionSettings[1..]}).
            """);
        report.AddTable("replicas", "read", "requests/s", "p50", "p99", "share of the baseline API", "share of the tuned one");
        foreach (var run in runs)
        {
            foreach (var (name, result) in run.Reads)
            {
                report.AddRow(
                    $"{run.Replicas}",
                    name,
                    Number(result.Load.PerSecond),
                    Latency(result.Load, 0.5),
                    Latency(result.Load, 0.99),
                    ShareOf(ReadScenarios.BaselineOf(name)),
                    ShareOf(ReadScenarios.TunedBaselineOf(name)));

                string ShareOf(string? baseline) =>
                    baseline is null ? "" : result.RelativeTo(run.Reads[baseline]).ToString("0%");
            }
        }
    }

    private static void AddLowerBounds(Report report, List<LoadRun> runs)
    {
        report.AddSection("Lower bounds");
        report.AddTable("replicas running", "operation", "per second", "p50", "p99");
        foreach (var run in runs)
        {
            foreach (var (name, result) in run.LowerBounds)
            {
                report.AddRow(
                    $"{run.Replicas}", name, Number(result.Load.PerSecond), Latency(result.Load, 0.5), Latency(result.Load, 0.99));
            }
        }
    }

    private static void AddCpuUsage(Report report, List<LoadRun> runs)
    {
        report.AddSection("CPU usage");
        report.AddParagraph($"""
            Average number of processors used, of {Environment.ProcessorCount}. Where nearly all of them are used, the processors limit the
            throughput; elsewhere the clients wait for round trips and disks.
            """);
        report.AddCpuTable();
        foreach (var run in runs)
        {
            report.AddCpuRow($"checkout, replicas: {run.Replicas}", run.Checkouts.Confirmed.Seconds, run.Checkouts.Cpu);
            foreach (var (name, result) in run.Reads.Concat(run.LowerBounds))
            {
                report.AddCpuRow($"{name}, replicas: {run.Replicas}", result.Load.Seconds, result.Cpu);
            }
        }
    }

    private static void AddTargets(Report report, LoadRun run)
    {
        foreach (var name in (string[])[ReadScenarios.ProductList, ReadScenarios.Product])
        {
            var share = run.Reads[name].RelativeTo(run.Reads[ReadScenarios.BaselineOf(name)!]);
            report.AddTarget(
                $"{name}: requests/s relative to the baseline API",
                "at least 70%",
                $"{share.ToString("0%")}",
                share.Mean >= MinShareOfBaseline);
        }

        var ratio = RatioToLowerBound(run);
        report.AddTarget(
            "202 response with one client: p50 relative to the lower bound",
            "at most 3",
            $"{ratio.ToString("0.00")}",
            ratio.Mean <= MaxRatioToLowerBound);
    }

    private static Estimate RatioToLowerBound(LoadRun run) => Estimate.Of(run.SingleClient.Zip(
        run.SingleClientLowerBound, (accepted, lowerBound) => accepted.Percentile(0.5) / lowerBound.Percentile(0.5)));

    private static string Number(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Share(double value) => value.ToString("0%", CultureInfo.InvariantCulture);

    private static string Latency(LoadResult load, double quantile) =>
        string.Create(CultureInfo.InvariantCulture, $"{load.Percentile(quantile):0.00} ms");
}
