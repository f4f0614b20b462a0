using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Shop.Bench.Logs;

/// <summary>Runs nodes one after the other, all set-ups in each round, and prints the medians as tables.</summary>
internal static class LogBench
{
    public static async Task RunAsync(Arguments arguments)
    {
        var (seconds, rounds) = (arguments.Number("seconds", 8), arguments.Number("rounds", 5));

        var flatOut = await RoundsAsync(rounds, setup => NodeAsync(setup, seconds));
        Print("As much as the node can do (JSON on the console)", flatOut);

        // The load that the node can just bear when everything is kept, the same for all.
        var rate = arguments.Number("rate", (int)(0.9 * Median(flatOut[Setups.EverythingKept], result => result.EventsPerSecond)));
        Print(string.Create(CultureInfo.InvariantCulture, $"At {rate:N0} lines a second (JSON on the console)"), await RoundsAsync(rounds, setup => NodeAsync(setup, seconds, rate)));

        await using var sink = await OtlpSink.StartAsync();
        Print("As much as the node can do (OTLP; what the exporter cannot take is lost)", await RoundsAsync(rounds, setup => OtlpNodeAsync(setup, seconds, sink)));
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

    private static async Task<NodeResult> OtlpNodeAsync(string setup, int seconds, OtlpSink sink)
    {
        sink.Take();
        var result = await NodeAsync(setup, seconds, rate: 0, sink.Address);
        var (all, onKeyPaths, errors) = sink.Take();
        return result with { Written = all, WrittenOnKeyPaths = onKeyPaths, WrittenErrors = errors };
    }

    private static async Task<NodeResult> NodeAsync(string setup, int seconds, int rate = 0, string otlp = "")
    {
        var file = Path.GetTempFileName();
        try
        {
            // By a shell, since the lines shall not come back to this process, which would work for the node then.
            using var node = Process.Start(new ProcessStartInfo("/bin/sh",
                ["-c", "exec \"$0\" \"$@\" > /dev/null", Environment.ProcessPath!, "logs-node", "--setup", setup, "--result", file,
                 "--seconds", seconds.ToString(CultureInfo.InvariantCulture), "--rate", rate.ToString(CultureInfo.InvariantCulture), "--otlp", otlp]))!;
            await node.WaitForExitAsync();
            return JsonSerializer.Deserialize<NodeResult>(await File.ReadAllTextAsync(file))!;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static void Print(string title, Dictionary<string, List<NodeResult>> results)
    {
        Console.WriteLine($"\n### {title}\n");
        Console.WriteLine("| set-up | events/s | p99 call to written | p99 of the call | CPU | B/event | written of offered | key paths | errors |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (var (setup, runs) in results)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {setup} | {Median(runs, run => run.EventsPerSecond):N0} | {Milliseconds(Median(runs, run => run.WrittenP99))} | {Median(runs, run => run.CallP99):0.0000} ms | {Median(runs, run => run.Cpu):0%} | {Median(runs, run => run.BytesPerEvent):0} | {Share(runs, run => run.Written, run => run.Offered)} | {Share(runs, run => run.WrittenOnKeyPaths, run => run.OfferedOnKeyPaths)} | {Share(runs, run => run.WrittenErrors, run => run.OfferedErrors)} |"));
        }

        var (all, some) = (results[Setups.EverythingKept], results[Setups.Dynamic]);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"\nDynamic against everything kept, pair by pair, median: events/s {Ratio(some, all, run => run.EventsPerSecond):0.00}x, p99 call to written {Ratio(all, some, run => run.WrittenP99):0.0}x lower, CPU {Ratio(some, all, run => run.Cpu):0.00}x."));
    }

    // A node that exports does not see when its lines arrive.
    private static string Milliseconds(double value) => value > 0 ? string.Create(CultureInfo.InvariantCulture, $"{value:0.00} ms") : "";

    private static string Share(List<NodeResult> runs, Func<NodeResult, long> some, Func<NodeResult, long> all) =>
        string.Create(CultureInfo.InvariantCulture, $"{(double)runs.Sum(some) / runs.Sum(all):0.00%}");

    private static double Median(IEnumerable<NodeResult> runs, Func<NodeResult, double> value) => Median([.. runs.Select(value).Order()]);

    private static double Ratio(List<NodeResult> some, List<NodeResult> all, Func<NodeResult, double> value) =>
        Median([.. some.Zip(all, (one, other) => value(one) / value(other)).Order()]);

    private static double Median(double[] sorted) => sorted[sorted.Length / 2];
}
