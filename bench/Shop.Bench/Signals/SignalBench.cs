using System.Globalization;
using Shop.Bench.Measuring;
using Shop.Bench.Running;

namespace Shop.Bench.Signals;

/// <summary>What all signals together cost: two shops on one machine, one with and one without them, loaded in turns.</summary>
internal static class SignalBench
{
    private const int Clients = 16;
    private const int MostCheckoutsPerSecond = 300;
    private const string Add = "cart's add";
    private const string CheckOut = "checkout to Confirmed";
    private const string List = "list of 20 products";
    private const string Product = "one product";

    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(8);
    private static readonly string[] _services = ["catalog", "cart", "orders"];

    public static async Task RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        // Short turns and many: a slow moment of the machine then falls on both of a pair.
        var (time, rounds) = (TimeSpan.FromSeconds(arguments.Number("seconds", 2)), arguments.Number("rounds", 20));
        var report = new Report(arguments, "signals", "What the signals cost");

        await using var sink = await OtlpSink.StartAsync();
        await using var on = await SubjectAsync(SignalSettings.On(sink), cancellationToken);
        await using var off = await SubjectAsync(SignalSettings.Off(), cancellationToken);

        Console.WriteLine("Warming up");
        foreach (var subject in (Subject[])[on, off])
        {
            await subject.AddAsync(_warmUp, cancellationToken);
            await subject.CheckOutAsync(_warmUp);
            await subject.ListAsync(_warmUp, cancellationToken);
            await subject.LookAsync(_warmUp, cancellationToken);
        }

        Console.WriteLine("Measuring");
        sink.TakeBytes();
        var turns = new Dictionary<string, List<(Turn On, Turn Off)>> { [Add] = [], [CheckOut] = [], [List] = [], [Product] = [] };
        for (var round = 0; round < rounds; round++)
        {
            // on off, off on, on off: neither is always the second.
            var swap = round % 2 == 1;
            turns[Add].Add(await TakeTurnsAsync(swap, subject => subject.AddAsync(time, cancellationToken)));
            turns[CheckOut].Add(await TakeTurnsAsync(swap, subject => subject.CheckOutAsync(time)));
            turns[List].Add(await TakeTurnsAsync(swap, subject => subject.ListAsync(time, cancellationToken)));
            turns[Product].Add(await TakeTurnsAsync(swap, subject => subject.LookAsync(time, cancellationToken)));
        }

        report.Paragraph($"""
            Two whole shops on one machine, one replica of each service. {Clients} clients load one while the other rests, in turns of {time.TotalSeconds} seconds, {rounds} times. On: every
            default in Production, traces, metrics and logs by OTLP to a receiver on this machine that reads and forgets, and JSON on the console.
            Off: OTEL_SDK_DISABLED, no exporter, no instrumentation of Postgres, log level None. What is behaviour and not a signal (request ids, limits) is in both.
            """);
        report.Head("what", "on, requests/s", "off, requests/s", "on/off, median of pairs", "lowest", "highest", "on, services' CPU per request", "off", "off/on");
        foreach (var (what, pairs) in turns)
        {
            var ratios = pairs.ConvertAll(pair => pair.On.PerSecond / pair.Off.PerSecond);
            var (cpuOn, cpuOff) = (Median.Of(pairs.Select(pair => pair.On.Cpu)), Median.Of(pairs.Select(pair => pair.Off.Cpu)));
            var ratio = Median.Of(ratios);
            report.Row(what, Text($"{Median.Of(pairs.Select(pair => pair.On.PerSecond)):N0}"), Text($"{Median.Of(pairs.Select(pair => pair.Off.PerSecond)):N0}"),
                Text($"{ratio:0.000}"), Text($"{ratios.Min():0.000}"), Text($"{ratios.Max():0.000}"), Text($"{cpuOn * 1e6:N0} µs"), Text($"{cpuOff * 1e6:N0} µs"), Text($"{cpuOff / cpuOn:0.000}"));
            if (what is Add or CheckOut)
                report.Aim($"{what}: requests/s with all signals, of those without", "at least 0.95", $"{ratio:0.000}", ratio >= 0.95);
        }

        report.Paragraph($"\nThe receiver got {sink.TakeBytes() / 1e6:N1} MB.");
        report.Section("What bounds it");
        report.Head("during", "processors", "for");
        foreach (var (what, pairs) in turns)
        {
            report.ProcessorRow($"{what}, on", pairs[^1].On.Seconds, pairs[^1].On.Processors);
            report.ProcessorRow($"{what}, off", pairs[^1].Off.Seconds, pairs[^1].Off.Processors);
        }

        report.Write();

        async Task<(Turn On, Turn Off)> TakeTurnsAsync(bool swap, Func<Subject, Task<Turn>> turn)
        {
            if (!swap)
                return (await turn(on), await turn(off));
            var second = await turn(off);
            return (await turn(on), second);
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static async Task<Subject> SubjectAsync(IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var shop = await RunningShop.StartAsync(1, environment, cancellationToken);
        await Goods.StockUpAsync(shop);
        return new(shop, await Confirmations.ListenAsync(shop), cancellationToken);
    }

    private sealed class Subject(RunningShop shop, Confirmations confirmations, CancellationToken cancellationToken) : IAsyncDisposable
    {
        private const int LinesOfCart = 10;

        private readonly Buyers _buyers = new(shop, confirmations, cancellationToken);
        private int _turns;

        public Task<Turn> AddAsync(TimeSpan time, CancellationToken cancellationToken)
        {
            var turn = _turns++;
            return RunAsync(time, number => _buyers.PutAsync($"adder-{turn}-{number / LinesOfCart}", number % LinesOfCart), cancellationToken);
        }

        public Task<Turn> ListAsync(TimeSpan time, CancellationToken cancellationToken) =>
            RunAsync(time, number => shop.Catalog.GetAsync(number, "/api/v1/products?limit=20"), cancellationToken);

        public Task<Turn> LookAsync(TimeSpan time, CancellationToken cancellationToken) =>
            RunAsync(time, number => shop.Catalog.GetAsync(number, $"/api/v1/products/{Goods.Sku(number)}"), cancellationToken);

        public async Task<Turn> CheckOutAsync(TimeSpan time)
        {
            var checkouts = await _buyers.CheckOutAsync(Clients, (int)(MostCheckoutsPerSecond * time.TotalSeconds), time);
            return new(checkouts.Confirmed, checkouts.Processors);
        }

        public async ValueTask DisposeAsync()
        {
            await confirmations.DisposeAsync();
            await shop.DisposeAsync();
        }

        private async Task<Turn> RunAsync(TimeSpan time, Func<int, Task> step, CancellationToken cancellationToken)
        {
            var processors = new Processors(shop.Processes);
            var steps = await ClosedLoop.RunAsync(Clients, time, step, cancellationToken: cancellationToken);
            return new(steps, processors.Used());
        }
    }

    private sealed record Turn(Steps Steps, IReadOnlyList<(string Name, double Seconds)> Processors)
    {
        public double PerSecond => Steps.PerSecond;

        public double Seconds => Steps.Seconds;

        public double Cpu => Processors.Where(each => _services.Contains(each.Name)).Sum(each => each.Seconds) / Steps.Count;
    }
}
