using System.Diagnostics.Tracing;
using System.Globalization;
using Microsoft.Diagnostics.NETCore.Client;
using Shop.Bench.Measuring;
using Shop.Bench.Running;
using Shop.Bench.Signals;

namespace Shop.Bench.Soak;

/// <summary>Whether the services' memory grows under load that goes on and on.</summary>
internal static class SoakBench
{
    private const int Clients = 8;
    private const double MostGrowth = 0.1;
    private const int Compared = 3;

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _warmUp = TimeSpan.FromMinutes(2);
    private static readonly string[] _services = ["catalog", "cart", "orders"];

    public static async Task RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var minutes = arguments.Number("minutes", 10);
        var report = new Report(arguments, "soak", "Soak");
        await using var sink = await OtlpSink.StartAsync();
        await using var shop = await RunningShop.StartAsync(1, SignalSettings.On(sink), cancellationToken);
        await Goods.StockUpAsync(shop);
        await using var confirmations = await Confirmations.ListenAsync(shop);

        Console.WriteLine("Warming up");
        var mix = new Mix(shop, new Buyers(shop, confirmations, cancellationToken));
        await ClosedLoop.RunAsync(Clients, _warmUp, mix.StepAsync, cancellationToken: cancellationToken);

        Console.WriteLine("Measuring");
        using var memory = new Memory(shop);
        var watching = memory.WatchAsync(minutes, cancellationToken);
        var processors = new Processors(shop.Processes);
        var steps = await ClosedLoop.RunAsync(Clients, TimeSpan.FromMinutes(minutes), mix.StepAsync, cancellationToken: cancellationToken);
        var byMinute = await watching;

        report.Paragraph($"""
            {minutes} minutes of mixed load after {_warmUp.TotalMinutes:0} minutes that do not count: {Clients} clients, each with its next step when the last is answered. Of
            20 steps 8 list products, 5 look at one, 3 put something into a cart, 1 reads a cart, 1 reads an order and 2 buy something and wait until
            it is confirmed. {steps.Count} steps, {steps.PerSecond:N0} a second, p50 {steps.Percentile(0.5):0.0} ms, p99 {steps.Percentile(0.99):0.0} ms.
            """);
        report.Paragraph($"At the end of each minute, in MB. Heap: what is left when the garbage collector has looked at all generations, as it is asked to; resident: what the process then holds of the machine's memory.");
        report.Head(["minute", .. _services.SelectMany(service => (string[])[$"{service} heap", $"{service} resident"])]);
        for (var minute = 0; minute < byMinute.Count; minute++)
            report.Row([$"{minute + 1}", .. _services.SelectMany(service => (string[])[Megabytes(byMinute[minute][service].Heap), Megabytes(byMinute[minute][service].Resident)])]);

        foreach (var service in _services)
        {
            // Of a few minutes each: what is left depends on what goes on in that moment.
            var (first, last) = (byMinute.Take(Compared).Min(minute => minute[service].Heap), byMinute.TakeLast(Compared).Min(minute => minute[service].Heap));
            var (residentFirst, residentLast) = (byMinute.Take(Compared).Min(minute => minute[service].Resident), byMinute.TakeLast(Compared).Min(minute => minute[service].Resident));
            var growth = last / first - 1;
            report.Aim($"{service}: heap, lowest of the last {Compared} minutes against the first {Compared}", "no growth (within 10%)",
                $"{first / 1e6:0.0} to {last / 1e6:0.0} MB, {growth:+0%;-0%}; resident {residentFirst / 1e6:0} to {residentLast / 1e6:0} MB", growth <= MostGrowth);
        }

        report.Section("What bounds it");
        report.Head("during", "processors", "for");
        report.ProcessorRow("all of it", steps.Seconds, processors.Used());
        report.Write();
    }

    private static string Megabytes(double bytes) => (bytes / 1e6).ToString("0.0", CultureInfo.InvariantCulture);

    private sealed class Mix(RunningShop shop, Buyers buyers)
    {
        // Carts and orders come and go for as long as it runs, as those of visitors do.
        private readonly string _run = Guid.NewGuid().ToString("n");
        private Guid _lastOrder;
        private int _step;

        public async Task StepAsync(int number)
        {
            var step = Interlocked.Increment(ref _step);
            var cart = $"{_run}-{step / 20}";
            switch (step % 20)
            {
                case < 8:
                    await shop.Catalog.GetAsync(step, "/api/v1/products?limit=20");
                    break;
                case < 13:
                    await shop.Catalog.GetAsync(step, $"/api/v1/products/{Goods.Sku(step * 7)}");
                    break;
                case < 16:
                    await buyers.PutAsync(cart, step);
                    break;
                case 16:
                    await shop.Cart.GetAsync(step, $"/api/v1/carts/{cart}");
                    break;
                case 17 when _lastOrder != Guid.Empty:
                    await shop.Orders.GetAsync(step, $"/api/v1/orders/{_lastOrder}");
                    break;
                default:
                    _lastOrder = await buyers.BuyAsync($"{_run}-buyer-{step}", step);
                    break;
            }
        }
    }

    private sealed class Memory(RunningShop shop) : IDisposable
    {
        // dotnet_gc_last_collection_heap_size_bytes{...,gc_heap_generation="gen0"} 1234 1700000000000
        private const string HeapMetric = "dotnet_gc_last_collection_heap_size_bytes{";
        private const string CollectionsMetric = "dotnet_gc_collections_total{";
        private const string OldestGeneration = "\"gen2\"";

        // Whoever listens to the runtime with the keyword GCHeapCollect has it collect all generations first. Left alone a service does that
        // once in many minutes, and what has died in the oldest one counts until then.
        private static readonly EventPipeProvider _collection = new("Microsoft-Windows-DotNETRuntime", EventLevel.Informational, 0x800000);

        private readonly HttpClient _http = new();
        private readonly Dictionary<string, int> _processes = _services.ToDictionary(service => service, service => StartedBy(shop.Processes.First(process => process.Value == service).Key));

        public async Task<List<Dictionary<string, (double Heap, double Resident)>>> WatchAsync(int minutes, CancellationToken cancellationToken)
        {
            var byMinute = new List<Dictionary<string, (double Heap, double Resident)>>();
            using var minute = new PeriodicTimer(TimeSpan.FromMinutes(1));
            while (byMinute.Count < minutes && await minute.WaitForNextTickAsync(cancellationToken))
            {
                var now = new Dictionary<string, (double Heap, double Resident)>();
                foreach (var service in _services)
                    now[service] = (await HeapAsync(service, cancellationToken), Resident(service));
                byMinute.Add(now);
            }

            return byMinute;
        }

        public void Dispose() => _http.Dispose();

        private async Task<double> HeapAsync(string service, CancellationToken cancellationToken)
        {
            var (_, before) = await ReadAsync(service, cancellationToken);
            using var listening = new DiagnosticsClient(_processes[service]).StartEventPipeSession(_collection, requestRundown: false, circularBufferMB: 1);
            while (true)
            {
                var (heap, collections) = await ReadAsync(service, cancellationToken);
                if (collections > before)
                    return heap;
                await Task.Delay(_pause, cancellationToken);
            }
        }

        private async Task<(double Heap, double FullCollections)> ReadAsync(string service, CancellationToken cancellationToken)
        {
            var page = (await _http.GetStringAsync($"{shop.Addresses(service, "management")[0]}/metrics", cancellationToken)).Split('\n');
            return (Sum(HeapMetric, ""), Sum(CollectionsMetric, OldestGeneration));

            double Sum(string metric, string label)
            {
                var series = page.Where(line => line.StartsWith(metric, StringComparison.Ordinal) && line.Contains(label, StringComparison.Ordinal)).ToList();
                return series.Count > 0
                    ? series.Sum(line => double.Parse(line[(line.LastIndexOf('}') + 2)..].Split(' ')[0], CultureInfo.InvariantCulture))
                    : throw new InvalidOperationException($"{service} has no metric {metric}{label}.");
            }
        }

        // VmRSS:    123456 kB
        private double Resident(string service) => File.ReadLines($"/proc/{_processes[service]}/status")
            .Where(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
            .Sum(line => double.Parse(line["VmRSS:".Length..^"kB".Length], CultureInfo.InvariantCulture) * 1024);

        // What the AppHost starts is dotnet run, which starts the service from a thread of its choice.
        private static int StartedBy(int launcher) => Directory.GetDirectories($"/proc/{launcher}/task")
            .SelectMany(thread => File.ReadAllText($"{thread}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(id => int.Parse(id, CultureInfo.InvariantCulture)).Single();
    }
}
