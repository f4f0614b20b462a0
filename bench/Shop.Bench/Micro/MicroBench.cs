using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Shop.Bench.Measurement;

namespace Shop.Bench.Micro;

/// <summary>Measures single calls with BenchmarkDotNet.</summary>
internal static class MicroBench
{
    private static readonly Type[] _benchmarks =
        [typeof(LogCallBenchmarks), typeof(SpanBenchmarks), typeof(RequestBenchmarks), typeof(JourneyEventBenchmarks)];

    public static void Run(Arguments arguments)
    {
        var report = new Report(arguments, "micro", "Single calls");
        // In-process: the default toolchain would generate a project and build the whole solution again.
        var config = ManualConfig.CreateEmpty()
            .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(5).WithIterationCount(10))
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(NullLogger.Instance)
            .WithOptions(ConfigOptions.DisableLogFile)
            .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "shop-bench"));
        report.AddParagraph($"Measured with BenchmarkDotNet in-process on one thread. Allocated: bytes per call.");
        report.AddTable("call", "mean", "error (half of 99.9% interval)", "allocated");
        foreach (var type in _benchmarks)
        {
            foreach (var call in BenchmarkRunner.Run(type, config).Reports)
            {
                var method = call.BenchmarkCase.Descriptor;
                var statistics = call.ResultStatistics
                    ?? throw new InvalidOperationException($"{method.WorkloadMethod.Name} could not be measured.");
                report.AddRow(
                    method.WorkloadMethodDisplayInfo,
                    Nanoseconds(statistics.Mean),
                    Nanoseconds(statistics.ConfidenceInterval.Margin),
                    $"{AllocatedBytes(call)} B");
            }
        }

        report.Write();
    }

    private static long AllocatedBytes(BenchmarkReport call) => call.GcStats.GetBytesAllocatedPerOperation(call.BenchmarkCase) ?? 0;

    private static string Nanoseconds(double value) => value.ToString("0.0 ns", CultureInfo.InvariantCulture);
}
