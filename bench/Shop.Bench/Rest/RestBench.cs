using System.Diagnostics;
using System.Globalization;
using Shop.Bench.Application;
using Shop.Bench.Measurement;
using Shop.Bench.Signals;

namespace Shop.Bench.Rest;

/// <summary>Measures the application while nobody uses it: the time until it is ready, and then its processor time and memory.</summary>
internal static class RestBench
{
    private const int Windows = 6;
    private const double MaxServiceCpu = 0.3;
    private const double MaxApplicationCpu = 3;
    private const double MaxGibibytes = 1.2;

    private const string Launchers = "dotnet run";
    private const string Orchestrator = "DCP";
    private const string AppHost = "AppHost";

    public static async Task RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var (settling, seconds) = (arguments.GetInt32("settle", 90), arguments.GetInt32("seconds", 60));
        await using var sink = await OtlpSink.StartAsync();
        // Here Insights receives its spans too.
        var environment = SignalLeg.Production(sink.GetEndpoint(0));
        environment.Remove(SignalLeg.SpanExportToInsights);
        var started = Stopwatch.GetTimestamp();
        await using var shop = await ShopApplication.StartAsync(1, environment, cancellationToken);
        var secondsToStart = Stopwatch.GetElapsedTime(started).TotalSeconds;

        Console.WriteLine("Settling");
        await Task.Delay(TimeSpan.FromSeconds(settling), cancellationToken);
        await Machine.WaitUntilIdleAsync(arguments, cancellationToken);
        var report = new Report(arguments, "rest", "At rest");
        var processes = GetProcesses(shop, sink);
        var usages = await MeasureAsync(processes, TimeSpan.FromSeconds(seconds / (double)Windows), cancellationToken);
        var memory = MemoryUsage.Read(processes);

        report.AddParagraph($"""
            The whole application with the settings of Production, one replica of each service and all signals, which are exported with
            OTLP to a receiver that only acknowledges. Nobody visits the shop. The processor time is the mean of {Windows} windows of
            {seconds / (double)Windows:0.#} seconds, which begin at least {settling} seconds after the start, with its 95% confidence
            interval in brackets. The memory is the proportional set size (PSS) after the last window: a page that n processes share
            counts 1/n for each.
            """);
        report.AddSection("Start");
        report.AddParagraph($"""
            {secondsToStart:0.0} s from the start of the AppHost, with everything built, no dashboard and an empty data directory, until
            all services are healthy.
            """);
        AddProcesses(report, usages, memory);
        report.Write();
    }

    // A service is started by dotnet run, which then waits for it. The AppHost runs in this process.
    private static Dictionary<int, string> GetProcesses(ShopApplication shop, OtlpSink sink)
    {
        var processes = shop.Processes.ToDictionary(
            process => process.Key,
            process => process.Key == Environment.ProcessId ? AppHost
                : ShopApplication.Services.Contains(process.Value) ? Launchers
                : process.Value);
        foreach (var service in ShopApplication.Services)
        {
            processes[shop.GetServiceProcess(service)] = service;
        }

        processes[sink.ProcessId] = "receiver of OTLP";
        return processes;
    }

    // Percent of one processor by name, in each window.
    private static async Task<List<Dictionary<string, double>>> MeasureAsync(
        Dictionary<int, string> processes, TimeSpan window, CancellationToken cancellationToken)
    {
        var usages = new List<Dictionary<string, double>>();
        for (var number = 0; number < Windows; number++)
        {
            var (cpu, begin) = (new CpuUsage(processes), Stopwatch.GetTimestamp());
            await Task.Delay(window, cancellationToken);
            var used = cpu.GetUsed();
            var elapsed = Stopwatch.GetElapsedTime(begin).TotalSeconds;
            usages.Add(used.ToDictionary(process => process.Process, process => process.Seconds / elapsed * 100));
        }

        return usages;
    }

    private static void AddProcesses(Report report, List<Dictionary<string, double>> usages, IReadOnlyDictionary<string, double> memory)
    {
        string[] application = [.. ShopApplication.Services, .. ShopApplication.Servers];
        report.AddSection("The application");
        report.AddParagraph($"The services and the servers, the highest processor time first.");
        report.AddTable("process", "CPU, % of one core", "share", "memory (PSS)", "share");
        foreach (var name in application.OrderByDescending(name => CpuOf(name).Mean))
        {
            AddRow(name, name);
        }

        AddRow("all services", ShopApplication.Services);
        AddRow("all servers", ShopApplication.Servers);
        AddRow("application", application);

        report.AddSection("The tools of the AppHost");
        report.AddParagraph($"""
            `./run` has them and a deployment does not: the launchers of the services, Aspire's orchestrator, and the AppHost, here in the
            process of the benchmark. The shares are relative to the application.
            """);
        report.AddTable("process", "CPU, % of one core", "share", "memory (PSS)", "share");
        foreach (var name in (string[])[Launchers, Orchestrator, AppHost])
        {
            AddRow(name, name);
        }

        var highest = ShopApplication.Services.MaxBy(service => CpuOf(service).Mean)!;
        AddCpuTarget($"Highest CPU of a service ({highest})", MaxServiceCpu, CpuOf(highest));
        AddCpuTarget("CPU of the application", MaxApplicationCpu, CpuOf(application));
        var gibibytes = MemoryOf(application) / 1024;
        report.AddTarget(
            "Memory of the application", Text($"at most {MaxGibibytes} GiB"), $"{gibibytes:0.00} GiB", gibibytes <= MaxGibibytes);

        void AddRow(string title, params string[] names) => report.AddRow(
            title,
            CpuOf(names).ToString("0.00"),
            Text($"{CpuOf(names).Mean / CpuOf(application).Mean:0%}"),
            Text($"{MemoryOf(names):N0} MiB"),
            Text($"{MemoryOf(names) / MemoryOf(application):0%}"));

        void AddCpuTarget(string measure, double max, Estimate measured) =>
            report.AddTarget(measure, Text($"at most {max}% of one core"), $"{measured.ToString("0.00")} %", measured.Mean <= max);

        Estimate CpuOf(params string[] names) => Estimate.Of(usages.Select(usage => names.Sum(name => usage[name])));

        double MemoryOf(params string[] names) => names.Sum(name => memory[name]);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
