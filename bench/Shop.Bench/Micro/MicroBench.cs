using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Shop.Bench.Measuring;

namespace Shop.Bench.Micro;

/// <summary>Single calls, by BenchmarkDotNet.</summary>
internal static class MicroBench
{
    public static void Run(Arguments arguments)
    {
        var report = new Report(arguments, "micro", "Single calls");
        // In this process: a generated project would build the whole solution again, in its own way.
        var config = ManualConfig.CreateEmpty()
            .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(5).WithIterationCount(10))
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(NullLogger.Instance)
            .WithOptions(ConfigOptions.DisableLogFile)
            .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "shop-bench"));
        report.Paragraph($"By BenchmarkDotNet, on one thread, in its process. Bytes are those allocated by one call.");
        report.Head("call", "mean", "error (half of 99.9% interval)", "allocated");
        foreach (var type in (Type[])[typeof(LogCalls), typeof(SpanAttributes)])
        {
            foreach (var call in BenchmarkRunner.Run(type, config).Reports)
            {
                var statistics = call.ResultStatistics ?? throw new InvalidOperationException($"{call.BenchmarkCase.Descriptor.WorkloadMethod.Name} could not be measured.");
                report.Row(call.BenchmarkCase.Descriptor.WorkloadMethodDisplayInfo, Nanoseconds(statistics.Mean), Nanoseconds(statistics.ConfidenceInterval.Margin), $"{Bytes(call)} B");
            }
        }

        report.Write();
    }

    private static long Bytes(BenchmarkReport call) => call.GcStats.GetBytesAllocatedPerOperation(call.BenchmarkCase) ?? 0;

    private static string Nanoseconds(double value) => value.ToString("0.0 ns", CultureInfo.InvariantCulture);
}
