using System.Globalization;
using Shop.Bench.Application;
using Shop.Bench.Measurement;
using Shop.Bench.Signals;

namespace Shop.Bench.Soak;

/// <summary>Measures whether the memory of the services grows under sustained load.</summary>
internal static class SoakBench
{
    private const int Clients = 8;
    private const int ComparedMinutes = 3;
    private const double MaxHeapGrowth = 0.1;

    private static readonly TimeSpan _warmUp = TimeSpan.FromMinutes(2);
    private static readonly string[] _services = ["catalog", "cart", "orders"];

    public static async Task RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var minutes = arguments.GetInt32("minutes", 10);
        var report = new Report(arguments, "soak", "Soak");
        await using var sink = await OtlpSink.StartAsync();
        await using var shop = await ShopApplication.StartAsync(1, SignalLeg.Production(sink.GetEndpoint(0)), cancellationToken);
        await ProductSeed.InsertAsync(shop);
        await using var outcomes = await OrderOutcomeListener.StartAsync(shop);

        Console.WriteLine("Warming up");
        var workload = new MixedWorkload(shop, new CheckoutLoad(shop, outcomes, cancellationToken));
        await ClosedLoop.RunAsync(Clients, _warmUp, workload.RunStepAsync, cancellationToken: cancellationToken);

        Console.WriteLine("Measuring");
        using var sampler = new MemorySampler(shop, _services);
        var sampling = sampler.SampleEveryMinuteAsync(minutes, cancellationToken);
        var cpu = new CpuUsage(shop.Processes);
        var load = await ClosedLoop.RunAsync(
            Clients, TimeSpan.FromMinutes(minutes), workload.RunStepAsync, cancellationToken: cancellationToken);
        var samples = await sampling;

        report.AddParagraph($"""
            {minutes} minutes of mixed load after a warm-up of {_warmUp.TotalMinutes:0} minutes. {Clients} clients; each starts its next
            step when its previous one has completed. Of 20 steps 8 list products, 5 get a product, 3 add to a cart, 1 gets a cart, 1 gets
            an order, and 2 buy a product and wait until the order is confirmed.
            {load.Count} steps, {load.PerSecond:N0} per second, p50 {load.Percentile(0.5):0.0} ms, p99 {load.Percentile(0.99):0.0} ms.
            """);
        AddMemory(report, samples);
        report.AddSection("CPU usage");
        report.AddCpuTable();
        report.AddCpuRow("whole run", load.Seconds, cpu.GetUsed());
        report.Write();
    }

    private static void AddMemory(Report report, List<Dictionary<string, MemorySample>> samples)
    {
        report.AddParagraph($"""
            Memory at the end of each minute, in MB. Heap: size of the managed heap after a full garbage collection, which the benchmark
            requests. Resident: resident set size of the process at that time.
            """);
        report.AddTable(["minute", .. _services.SelectMany(service => (string[])[$"{service} heap", $"{service} resident"])]);
        for (var minute = 0; minute < samples.Count; minute++)
        {
            var sample = samples[minute];
            report.AddRow([
                $"{minute + 1}",
                .. _services.SelectMany(service => (string[])[Megabytes(sample[service].Heap), Megabytes(sample[service].Resident)]),
            ]);
        }

        foreach (var service in _services)
        {
            // The minimum of a few minutes: the size of the heap depends on the requests in flight at the time of the collection.
            var first = samples.Take(ComparedMinutes).Select(sample => sample[service]).ToList();
            var last = samples.TakeLast(ComparedMinutes).Select(sample => sample[service]).ToList();
            var (firstHeap, lastHeap) = (first.Min(sample => sample.Heap), last.Min(sample => sample.Heap));
            var (firstResident, lastResident) = (first.Min(sample => sample.Resident), last.Min(sample => sample.Resident));
            var growth = (lastHeap / firstHeap) - 1;
            var resident = string.Create(CultureInfo.InvariantCulture, $"{firstResident / 1e6:0} to {lastResident / 1e6:0} MB");
            report.AddTarget(
                $"{service}: minimum heap of the last {ComparedMinutes} minutes relative to the first {ComparedMinutes}",
                "no growth (within 10%)",
                $"{firstHeap / 1e6:0.0} to {lastHeap / 1e6:0.0} MB, {growth:+0%;-0%}; resident {resident}",
                growth <= MaxHeapGrowth);
        }
    }

    private static string Megabytes(double bytes) => (bytes / 1e6).ToString("0.0", CultureInfo.InvariantCulture);
}
