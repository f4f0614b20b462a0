using System.Globalization;
using Shop.Bench.Application;
using Shop.Bench.Measurement;

namespace Shop.Bench.Signals;

/// <summary>
/// Measures the cost of all signals together: two instances of the application on one machine, with and without signals, under alternating
/// load.
/// </summary>
internal static class SignalBench
{
    private const int Clients = 16;
    private const int MaxCheckoutsPerSecond = 300;
    private const int LinesPerCart = 10;
    private const double MinThroughputRatio = 0.95;
    private const string AddToCart = "add to cart";
    private const string Checkout = "checkout until confirmed";
    private const string ProductList = "list of 20 products";
    private const string Product = "one product";

    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(8);
    private static readonly string[] _services = ["catalog", "cart", "orders"];

    public static async Task RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        // Many short runs: a slow period of the machine then affects both runs of a pair.
        var (duration, rounds) = (TimeSpan.FromSeconds(arguments.GetInt32("seconds", 2)), arguments.GetInt32("rounds", 20));
        var report = new Report(arguments, "signals", "Cost of the signals");

        await using var receiver = await OtlpReceiver.StartAsync();
        await using var on = await Subject.StartAsync(SignalSettings.AllEnabled(receiver), cancellationToken);
        await using var off = await Subject.StartAsync(SignalSettings.AllDisabled(), cancellationToken);

        Console.WriteLine("Warming up");
        foreach (var subject in (Subject[])[on, off])
        {
            await subject.AddToCartAsync(_warmUp);
            await subject.CheckOutAsync(_warmUp);
            await subject.GetProductListAsync(_warmUp);
            await subject.GetProductAsync(_warmUp);
        }

        Console.WriteLine("Measuring");
        receiver.TakeBytes();
        var pairs = new Dictionary<string, List<Pair>> { [AddToCart] = [], [Checkout] = [], [ProductList] = [], [Product] = [] };
        for (var round = 0; round < rounds; round++)
        {
            // The order alternates, so that neither instance is always the second one.
            var offFirst = round % 2 == 1;
            pairs[AddToCart].Add(await MeasurePairAsync(offFirst, subject => subject.AddToCartAsync(duration)));
            pairs[Checkout].Add(await MeasurePairAsync(offFirst, subject => subject.CheckOutAsync(duration)));
            pairs[ProductList].Add(await MeasurePairAsync(offFirst, subject => subject.GetProductListAsync(duration)));
            pairs[Product].Add(await MeasurePairAsync(offFirst, subject => subject.GetProductAsync(duration)));
        }

        report.AddParagraph($"""
            Two instances of the whole application run on one machine, with one replica of each service. {Clients} clients load one instance
            while the other one is idle, in alternating runs of {duration.TotalSeconds} seconds, {rounds} times. On: the defaults of
            Production, with traces, metrics and logs exported by OTLP to a receiver on the same machine that discards them, and JSON logs
            on the console. Off: OTEL_SDK_DISABLED, no exporter, no instrumentation of Postgres, log level None. Both instances keep what is
            behavior rather than a signal, such as request ids and request limits.
            """);
        AddResults(report, pairs);
        report.AddParagraph($"The receiver got {receiver.TakeBytes() / 1e6:N1} MB.");
        AddCpuUsage(report, pairs);
        report.Write();

        async Task<Pair> MeasurePairAsync(bool offFirst, Func<Subject, Task<Run>> measure)
        {
            if (offFirst)
            {
                var first = await measure(off);
                return new Pair(On: await measure(on), Off: first);
            }

            return new Pair(On: await measure(on), Off: await measure(off));
        }
    }

    private static void AddResults(Report report, Dictionary<string, List<Pair>> pairs)
    {
        report.AddTable(
            "operation", "on, requests/s", "off, requests/s", "on/off, median of pairs", "lowest", "highest",
            "CPU of the services per request, on", "off", "off/on");
        foreach (var (operation, runs) in pairs)
        {
            var ratios = runs.ConvertAll(pair => pair.On.PerSecond / pair.Off.PerSecond);
            var ratio = Median.Of(ratios);
            var cpuOn = Median.Of(runs.Select(pair => pair.On.CpuPerRequest));
            var cpuOff = Median.Of(runs.Select(pair => pair.Off.CpuPerRequest));
            report.AddRow(
                operation,
                Text($"{Median.Of(runs.Select(pair => pair.On.PerSecond)):N0}"),
                Text($"{Median.Of(runs.Select(pair => pair.Off.PerSecond)):N0}"),
                Text($"{ratio:0.000}"),
                Text($"{ratios.Min():0.000}"),
                Text($"{ratios.Max():0.000}"),
                Text($"{cpuOn * 1e6:N0} µs"),
                Text($"{cpuOff * 1e6:N0} µs"),
                Text($"{cpuOff / cpuOn:0.000}"));
            if (operation is AddToCart or Checkout)
            {
                report.AddTarget(
                    $"{operation}: requests/s with all signals relative to none",
                    "at least 0.95",
                    $"{ratio:0.000}",
                    ratio >= MinThroughputRatio);
            }
        }
    }

    private static void AddCpuUsage(Report report, Dictionary<string, List<Pair>> pairs)
    {
        report.AddSection("CPU usage");
        report.AddCpuTable();
        foreach (var (operation, runs) in pairs)
        {
            var (on, off) = runs[^1];
            report.AddCpuRow($"{operation}, on", on.Load.Seconds, on.Cpu);
            report.AddCpuRow($"{operation}, off", off.Load.Seconds, off.Cpu);
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>One instance of the application under test.</summary>
    private sealed class Subject(ShopApplication shop, OrderOutcomeListener outcomes, CancellationToken cancellationToken)
        : IAsyncDisposable
    {
        private readonly CheckoutLoad _checkoutLoad = new(shop, outcomes, cancellationToken);
        private int _addToCartRuns;

        public static async Task<Subject> StartAsync(IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
        {
            var shop = await ShopApplication.StartAsync(1, environment, cancellationToken);
            await ProductSeed.InsertAsync(shop);
            return new Subject(shop, await OrderOutcomeListener.StartAsync(shop), cancellationToken);
        }

        public Task<Run> AddToCartAsync(TimeSpan duration)
        {
            var run = _addToCartRuns++;
            return RunAsync(
                duration, number => _checkoutLoad.AddToCartAsync($"adder-{run}-{number / LinesPerCart}", number % LinesPerCart));
        }

        public Task<Run> GetProductListAsync(TimeSpan duration) =>
            RunAsync(duration, number => shop.Catalog.GetAsync(number, "/api/v1/products?limit=20"));

        public Task<Run> GetProductAsync(TimeSpan duration) =>
            RunAsync(duration, number => shop.Catalog.GetAsync(number, $"/api/v1/products/{ProductSeed.Sku(number)}"));

        public async Task<Run> CheckOutAsync(TimeSpan duration)
        {
            var result = await _checkoutLoad.RunAsync(Clients, (int)(MaxCheckoutsPerSecond * duration.TotalSeconds), duration);
            return new Run(result.Confirmed, result.Cpu);
        }

        public async ValueTask DisposeAsync()
        {
            await outcomes.DisposeAsync();
            await shop.DisposeAsync();
        }

        private async Task<Run> RunAsync(TimeSpan duration, Func<int, Task> step)
        {
            var cpu = new CpuUsage(shop.Processes);
            var load = await ClosedLoop.RunAsync(Clients, duration, step, cancellationToken: cancellationToken);
            return new Run(load, cpu.GetUsed());
        }
    }

    private sealed record Pair(Run On, Run Off);

    private sealed record Run(LoadResult Load, IReadOnlyList<CpuTime> Cpu)
    {
        public double PerSecond => Load.PerSecond;

        /// <summary>Processor time of the three services per request, in seconds.</summary>
        public double CpuPerRequest => Cpu.Where(cpu => _services.Contains(cpu.Process)).Sum(cpu => cpu.Seconds) / Load.Count;
    }
}
