using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Shop.Bench.Measuring;
using Shop.Bench.Signals;

namespace Shop.Bench.Logs;

/// <summary>Runs nodes one after the other, all set-ups in each round, and prints the medians as tables.</summary>
internal static class LogBench
{
    public static async Task RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var (seconds, rounds) = (arguments.Number("seconds", 8), arguments.Number("rounds", 3));
        var report = new Report(arguments, "logs", "The log pipeline of one node");

        var flatOut = await RoundsAsync(rounds, setup => NodeAsync(setup));
        Print(report, "As much as the node can do (JSON on the console)", flatOut);

        // The load that the node can just bear when everything is kept, the same for all.
        var rate = arguments.Number("rate", (int)(0.9 * Median(flatOut[Setups.EverythingKept], result => result.EventsPerSecond)));
        var sameRate = await RoundsAsync(rounds, setup => NodeAsync(setup, rate));
        Print(report, Text($"At {rate:N0} lines a second (JSON on the console)"), sameRate);

        await using var sink = await OtlpSink.StartAsync();
        Print(report, "As much as the node can do (OTLP; what the exporter cannot take is lost)", await RoundsAsync(rounds, setup => OtlpNodeAsync(setup)));

        var (all, some) = (flatOut[Setups.EverythingKept], flatOut[Setups.Dynamic]);
        var throughput = Ratio(some, all, run => run.EventsPerSecond);
        report.Aim("events/s as much as the node can do, dynamic against everything kept", "at least 5.06x", $"{throughput:0.00}x", throughput >= 5.06);
        (all, some) = (sameRate[Setups.EverythingKept], sameRate[Setups.Dynamic]);
        var (p99, cpu) = (Ratio(all, some, run => run.WrittenP99), Ratio(some, all, run => run.Cpu));
        report.Aim("p99 from call to written, at the same rate", "at least 6.2x lower", $"{p99:0.0}x lower", p99 >= 6.2);
        report.Aim("CPU, at the same rate", "at most 0.42x", $"{cpu:0.00}x", cpu <= 0.42);
        var (offered, written) = (flatOut[Setups.Dynamic].Sum(run => run.OfferedOnKeyPaths), flatOut[Setups.Dynamic].Sum(run => run.WrittenOnKeyPaths));
        report.Aim("lines on key paths that are written, dynamic, counted", "all", $"{written:N0} of {offered:N0}", written == offered);
        report.Write();

        Task<NodeResult> NodeAsync(string setup, int rate = 0, string otlp = "") => RunNodeAsync(setup, seconds, rate, otlp, cancellationToken);

        async Task<NodeResult> OtlpNodeAsync(string setup)
        {
            sink.Take();
            var result = await NodeAsync(setup, rate: 0, sink.Address);
            var (all, onKeyPaths, errors) = sink.Take();
            return result with { Written = all, WrittenOnKeyPaths = onKeyPaths, WrittenErrors = errors };
        }
    }

    private static async Task<Dictionary<string, List<NodeResult>>> RoundsAsync(int rounds, Func<string, Task<NodeResult>> node)
    {
        var results = Setups.All.ToDictionary(setup => setup, _ => new List<NodeResult>());
        for (var round = 0; round < rounds; round++)
        {
            foreach (var setup in Setups.All)
                results[setup].Add(await node(setup));
        }

        return results;
    }

    private static async Task<NodeResult> RunNodeAsync(string setup, int seconds, int rate, string otlp, CancellationToken cancellationToken)
    {
        var file = Path.GetTempFileName();
        try
        {
            // By a shell, since the lines shall not come back to this process, which would work for the node then.
            using var node = Process.Start(new ProcessStartInfo("/bin/sh",
                ["-c", "exec \"$0\" \"$@\" > /dev/null", Environment.ProcessPath!, "logs-node", "--setup", setup, "--result", file,
                 "--seconds", seconds.ToString(CultureInfo.InvariantCulture), "--rate", rate.ToString(CultureInfo.InvariantCulture), "--otlp", otlp]))!;
            using var kill = cancellationToken.Register(node.Kill);
            await node.WaitForExitAsync(cancellationToken);
            if (node.ExitCode != 0)
                throw new InvalidOperationException($"The node with {setup} ended with exit code {node.ExitCode}.");
            return JsonSerializer.Deserialize<NodeResult>(await File.ReadAllTextAsync(file, cancellationToken))!;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static void Print(Report report, string title, Dictionary<string, List<NodeResult>> results)
    {
        report.Section(title);
        report.Head("set-up", "events/s", "p99 call to written", "p99 of the call", "CPU", "B/event", "written of offered", "key paths", "errors");
        foreach (var (setup, runs) in results)
        {
            report.Row(
                setup, Text($"{Median(runs, run => run.EventsPerSecond):N0}"), Milliseconds(Median(runs, run => run.WrittenP99)), Text($"{Median(runs, run => run.CallP99):0.0000} ms"),
                Text($"{Median(runs, run => run.Cpu):0%}"), Text($"{Median(runs, run => run.BytesPerEvent):0}"), Share(runs, run => run.Written, run => run.Offered),
                Share(runs, run => run.WrittenOnKeyPaths, run => run.OfferedOnKeyPaths), Share(runs, run => run.WrittenErrors, run => run.OfferedErrors));
        }

        var (all, some) = (results[Setups.EverythingKept], results[Setups.Dynamic]);
        report.Paragraph($"\nDynamic against everything kept, pair by pair, median: events/s {Ratio(some, all, run => run.EventsPerSecond):0.00}x, {Written(Ratio(all, some, run => run.WrittenP99))}CPU {Ratio(some, all, run => run.Cpu):0.00}x.");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    // A node that exports does not see when its lines arrive.
    private static string Milliseconds(double value) => value > 0 ? string.Create(CultureInfo.InvariantCulture, $"{value:0.00} ms") : "";

    private static string Written(double timesLower) =>
        double.IsFinite(timesLower) ? string.Create(CultureInfo.InvariantCulture, $"p99 call to written {timesLower:0.0}x lower, ") : "";

    private static string Share(List<NodeResult> runs, Func<NodeResult, long> some, Func<NodeResult, long> all) =>
        string.Create(CultureInfo.InvariantCulture, $"{(double)runs.Sum(some) / runs.Sum(all):0.00%}");

    private static double Median(IEnumerable<NodeResult> runs, Func<NodeResult, double> value) => Median([.. runs.Select(value).Order()]);

    private static double Ratio(List<NodeResult> some, List<NodeResult> all, Func<NodeResult, double> value) =>
        Median([.. some.Zip(all, (one, other) => value(one) / value(other)).Order()]);

    private static double Median(double[] sorted) => sorted[sorted.Length / 2];
}
