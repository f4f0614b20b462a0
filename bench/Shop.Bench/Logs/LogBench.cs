using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Shop.Bench.Measurement;

namespace Shop.Bench.Logs;

/// <summary>Compares logging configurations. Each round runs one process per configuration; the report shows the medians.</summary>
internal static class LogBench
{
    private const double MinThroughputRatio = 5.06;
    private const double MinWriteLatencyRatio = 6.2;
    private const double MaxCpuRatio = 0.42;

    public static async Task RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var (seconds, rounds) = (arguments.GetInt32("seconds", 5), arguments.GetInt32("rounds", 3));
        var report = new Report(arguments, "logs", "Log pipeline of one process");

        var maxRate = await RunRoundsAsync(rounds, configuration => RunProcessAsync(configuration));
        AddResults(report, "Maximum rate (JSON on the console)", maxRate);

        // The rate that the process just sustains without sampling, the same for all configurations.
        var rate = arguments.GetInt32(
            "rate", (int)(0.9 * MedianOf(maxRate[LoggingConfigurations.NoSampling], result => result.EventsPerSecond)));
        var sameRate = await RunRoundsAsync(rounds, configuration => RunProcessAsync(configuration, rate));
        AddResults(report, Text($"At {rate:N0} records per second (JSON on the console)"), sameRate);

        await using var receiver = await OtlpReceiver.StartAsync();
        var otlp = await RunRoundsAsync(rounds, configuration => RunOtlpProcessAsync(configuration));
        AddResults(report, "Maximum rate (OTLP; the exporter drops what exceeds its queue)", otlp);

        report.AddParagraph($"The ratios of the targets are medians of {rounds} pairs, with the lowest and the highest.");
        AddTargets(report, maxRate, sameRate);
        report.Write();

        Task<LogRunResult> RunProcessAsync(string configuration, int rate = 0, string otlp = "") =>
            RunWorkloadAsync(configuration, seconds, rate, otlp, cancellationToken);

        async Task<LogRunResult> RunOtlpProcessAsync(string configuration)
        {
            receiver.TakeRecordCounts();
            var result = await RunProcessAsync(configuration, rate: 0, receiver.Address);
            var (written, onCriticalRoutes, errors) = receiver.TakeRecordCounts();
            return result with { Written = written, WrittenOnCriticalRoutes = onCriticalRoutes, WrittenErrors = errors };
        }
    }

    private static async Task<Dictionary<string, List<LogRunResult>>> RunRoundsAsync(int rounds, Func<string, Task<LogRunResult>> run)
    {
        var results = LoggingConfigurations.All.ToDictionary(configuration => configuration, _ => new List<LogRunResult>());
        for (var round = 0; round < rounds; round++)
        {
            foreach (var configuration in LoggingConfigurations.All)
            {
                results[configuration].Add(await run(configuration));
            }
        }

        return results;
    }

    private static async Task<LogRunResult> RunWorkloadAsync(
        string configuration, int seconds, int rate, string otlp, CancellationToken cancellationToken)
    {
        var file = Path.GetTempFileName();
        try
        {
            // A shell redirects the output. If this process read it, it would use processor time on behalf of the measured process.
            string[] command =
            [
                "-c", "exec \"$0\" \"$@\" > /dev/null", Environment.ProcessPath!, "log-workload",
                "--configuration", configuration,
                "--result", file,
                "--seconds", seconds.ToString(CultureInfo.InvariantCulture),
                "--rate", rate.ToString(CultureInfo.InvariantCulture),
                "--otlp", otlp,
            ];
            using var process = Process.Start(new ProcessStartInfo("/bin/sh", command))!;
            using var kill = cancellationToken.Register(process.Kill);
            await process.WaitForExitAsync(cancellationToken);
            if (process.ExitCode != 0)
            {
                throw new InvalidOperationException($"The process with '{configuration}' exited with code {process.ExitCode}.");
            }

            return JsonSerializer.Deserialize<LogRunResult>(await File.ReadAllTextAsync(file, cancellationToken))!;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static void AddResults(Report report, string title, Dictionary<string, List<LogRunResult>> results)
    {
        report.AddSection(title);
        report.AddTable(
            "configuration", "events/s", "p99 call to write", "p99 of the call", "CPU", "B/event", "written", "written, critical routes",
            "written, errors");
        foreach (var (configuration, runs) in results)
        {
            report.AddRow(
                configuration,
                Text($"{MedianOf(runs, run => run.EventsPerSecond):N0}"),
                Milliseconds(MedianOf(runs, run => run.WriteLatencyP99)),
                Text($"{MedianOf(runs, run => run.CallP99):0.0000} ms"),
                Text($"{MedianOf(runs, run => run.Cpu):0%}"),
                Text($"{MedianOf(runs, run => run.BytesPerEvent):0}"),
                Share(runs, run => run.Written, run => run.Emitted),
                Share(runs, run => run.WrittenOnCriticalRoutes, run => run.EmittedOnCriticalRoutes),
                Share(runs, run => run.WrittenErrors, run => run.EmittedErrors));
        }

        var (all, sampled) = (results[LoggingConfigurations.NoSampling], results[LoggingConfigurations.AdaptiveSampling]);
        var throughput = Median.Of(GetRatios(sampled, all, run => run.EventsPerSecond));
        var writeLatency = Median.Of(GetRatios(all, sampled, run => run.WriteLatencyP99));
        var cpu = Median.Of(GetRatios(sampled, all, run => run.Cpu));
        report.AddParagraph($"""
            Adaptive sampling relative to no sampling, median of pairs:
            events/s {throughput:0.00}x, {WriteLatency(writeLatency)}CPU {cpu:0.00}x.
            """);
    }

    private static void AddTargets(
        Report report, Dictionary<string, List<LogRunResult>> maxRate, Dictionary<string, List<LogRunResult>> sameRate)
    {
        var (all, sampled) = (maxRate[LoggingConfigurations.NoSampling], maxRate[LoggingConfigurations.AdaptiveSampling]);
        var throughput = GetRatios(sampled, all, run => run.EventsPerSecond);
        report.AddTarget(
            "events/s at the maximum rate, adaptive sampling relative to no sampling",
            $"at least {MinThroughputRatio.ToString(CultureInfo.InvariantCulture)}x",
            $"{Median.Of(throughput):0.00}x ({throughput.Min():0.00} to {throughput.Max():0.00})",
            Median.Of(throughput) >= MinThroughputRatio);

        var (emitted, written) = (sampled.Sum(run => run.EmittedOnCriticalRoutes), sampled.Sum(run => run.WrittenOnCriticalRoutes));
        (all, sampled) = (sameRate[LoggingConfigurations.NoSampling], sameRate[LoggingConfigurations.AdaptiveSampling]);
        var writeLatency = GetRatios(all, sampled, run => run.WriteLatencyP99);
        report.AddTarget(
            "p99 from call to write, at the same rate",
            $"at least {MinWriteLatencyRatio.ToString(CultureInfo.InvariantCulture)}x lower",
            $"{Median.Of(writeLatency):0.0}x lower ({writeLatency.Min():0.0} to {writeLatency.Max():0.0})",
            Median.Of(writeLatency) >= MinWriteLatencyRatio);

        var cpu = GetRatios(sampled, all, run => run.Cpu);
        report.AddTarget(
            "CPU, at the same rate",
            $"at most {MaxCpuRatio.ToString(CultureInfo.InvariantCulture)}x",
            $"{Median.Of(cpu):0.00}x ({cpu.Min():0.00} to {cpu.Max():0.00})",
            Median.Of(cpu) <= MaxCpuRatio);
        report.AddTarget(
            "records of critical routes written, adaptive sampling", "all", $"{written:N0} of {emitted:N0}", written == emitted);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    // A process that exports with OTLP does not observe when its records arrive.
    private static string Milliseconds(double value) => value > 0 ? string.Create(CultureInfo.InvariantCulture, $"{value:0.00} ms") : "";

    private static string WriteLatency(double ratio) =>
        double.IsFinite(ratio) ? string.Create(CultureInfo.InvariantCulture, $"p99 call to write {ratio:0.0}x lower, ") : "";

    private static string Share(List<LogRunResult> runs, Func<LogRunResult, long> part, Func<LogRunResult, long> whole) =>
        string.Create(CultureInfo.InvariantCulture, $"{(double)runs.Sum(part) / runs.Sum(whole):0.00%}");

    private static double MedianOf(IEnumerable<LogRunResult> runs, Func<LogRunResult, double> value) => Median.Of(runs.Select(value));

    // One ratio for each round.
    private static List<double> GetRatios(
        List<LogRunResult> numerators, List<LogRunResult> denominators, Func<LogRunResult, double> value) =>
        [.. numerators.Zip(denominators, (numerator, denominator) => value(numerator) / value(denominator))];
}
