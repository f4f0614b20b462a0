using System.Globalization;
using Shop.Bench.Measuring;
using Shop.Bench.Running;
using Shop.Bench.Signals;

namespace Shop.Bench.Load;

/// <summary>How fast the shop is with more and more replicas, and how fast what it stands on is in the same run.</summary>
internal static class LoadBench
{
    // Enough to keep every processor of a small machine at work.
    private const int Clients = 16;
    private const int MostCheckouts = 4_000;
    private const int Alone = 300;

    public static async Task RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var time = TimeSpan.FromSeconds(arguments.Number("seconds", 8));
        var replicas = arguments.Text("replicas", "1,2,4").Split(',').Select(text => int.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        var report = new Report(arguments, "load", "Load");
        var runs = new List<LoadRun>();
        foreach (var count in replicas)
        {
            Console.WriteLine($"\nStarting the shop with {count} of each service");
            runs.Add(await OneAsync(count, time, cancellationToken));
        }

        Write(report, runs);
    }

    private static async Task<LoadRun> OneAsync(int replicas, TimeSpan time, CancellationToken cancellationToken)
    {
        await using var sink = await OtlpSink.StartAsync();
        await using var shop = await RunningShop.StartAsync(replicas, SignalSettings.On(sink), cancellationToken);
        await Goods.StockUpAsync(shop);
        await using var confirmations = await Confirmations.ListenAsync(shop);
        await using var floors = await Floors.OpenAsync(shop, Clients);
        await using var bare = await BareProcess.StartAsync(shop);
        await using var prepared = await BareProcess.StartAsync(shop, Reads.FastestSettings);
        var processes = shop.Processes.Append(new(bare.Id, "bare API")).Append(new(prepared.Id, "prepared bare API")).ToDictionary();
        var buyers = new Buyers(shop, confirmations, cancellationToken);

        var orders = new Guid[100];
        for (var i = 0; i < orders.Length; i++)
            orders[i] = await buyers.BuyAsync($"before-{i}", i);

        Dictionary<string, Func<int, Task>> reads = new()
        {
            [Reads.List] = number => shop.Catalog.GetAsync(number, "/api/v1/products?limit=20"),
            [Reads.BareList] = number => bare.Client.GetAsync(number, "/api/v1/products?limit=20"),
            [Reads.PreparedList] = number => prepared.Client.GetAsync(number, "/api/v1/products?limit=20"),
            [Reads.Product] = number => shop.Catalog.GetAsync(number, $"/api/v1/products/{Goods.Sku(number)}"),
            [Reads.BareProduct] = number => bare.Client.GetAsync(number, $"/api/v1/products/{Goods.Sku(number)}"),
            [Reads.PreparedProduct] = number => prepared.Client.GetAsync(number, $"/api/v1/products/{Goods.Sku(number)}"),
            [Reads.Cart] = number => shop.Cart.GetAsync(number, $"/api/v1/carts/reader-{number % orders.Length}"),
            [Reads.Order] = number => shop.Orders.GetAsync(number, $"/api/v1/orders/{orders[number % orders.Length]}"),
        };
        Dictionary<string, Func<int, Task>> raw = new()
        {
            [Bare.Insert] = _ => floors.InsertAsync(),
            [Bare.Publish] = floors.PublishAsync,
            [Bare.Redis] = floors.GetAsync,
        };
        for (var i = 0; i < orders.Length; i++)
            await buyers.PutAsync($"reader-{i}", i);

        // Code is compiled for good after some ten thousand calls and a while.
        Console.WriteLine("Warming up");
        await buyers.CheckOutAsync(Clients, MostCheckouts / 4, time);
        foreach (var step in reads.Values.Concat(raw.Values))
            await ClosedLoop.RunAsync(Clients, time / 2, step, cancellationToken: cancellationToken);

        Console.WriteLine("Measuring");
        var alone = await buyers.CheckOutAsync(1, Alone, time * 2);
        var floor = await ClosedLoop.RunAsync(1, time, floors.CheckOutAsync, Alone, cancellationToken);
        var checkouts = await buyers.CheckOutAsync(Clients, MostCheckouts, time, processes);
        return new LoadRun(replicas, alone.Accepted, floor, checkouts, await MeasureAsync(reads), await MeasureAsync(raw));

        // In turns, so that a slow moment of the machine falls on both of two that are compared.
        async Task<Dictionary<string, Figure>> MeasureAsync(Dictionary<string, Func<int, Task>> steps)
        {
            var halves = new Dictionary<string, List<Figure>>();
            foreach (var (name, step) in steps.Concat(steps.Reverse()))
            {
                var processors = new Processors(processes);
                var half = await ClosedLoop.RunAsync(Clients, time / 2, step, cancellationToken: cancellationToken);
                (halves.TryGetValue(name, out var list) ? list : halves[name] = []).Add(new(half, processors.Used()));
            }

            return halves.ToDictionary(half => half.Key, half => Figure.Of(half.Value));
        }
    }

    private static void Write(Report report, List<LoadRun> runs)
    {
        report.Paragraph($"""
            Load, services and servers share the machine. {Clients} clients at once, each with its next request when the last is answered, except where one client is
            named. Every replica is asked at its own port in turn, and Redis, Postgres and RabbitMQ at theirs: no proxy in between. With one
            replica the services reach each other so too; with more, their gRPC calls go through DCP's proxy. All signals are on, with default
            sampling, and leave by OTLP. Limits on requests are lifted. {Goods.Count} products; a checkout is of one piece of one product.
            """);

        report.Section("Checkout");
        report.Paragraph($"From the HTTP request to the word of Orders that it has stored the order as Confirmed. {Clients} clients.");
        report.Head("replicas", "confirmed/s", "p50", "p95", "p99", "202 p50", "202 p99", "of raw inserts/s", "of raw publishes/s");
        foreach (var run in runs)
        {
            var (accepted, confirmed) = (run.Checkouts.Accepted, run.Checkouts.Confirmed);
            report.Row($"{run.Replicas}", $"{Number(confirmed.PerSecond)}", Time(confirmed, 0.5), Time(confirmed, 0.95), Time(confirmed, 0.99), Time(accepted, 0.5), Time(accepted, 0.99),
                Share(confirmed.PerSecond / run.Raw[Bare.Insert].Steps.PerSecond), Share(confirmed.PerSecond / run.Raw[Bare.Publish].Steps.PerSecond));
        }

        report.Section("The 202 alone");
        report.Paragraph($"One client, the next checkout when the last order is confirmed. The floor: two round trips to Redis with the same commands, and one confirmed message to a quorum queue, by the bare client libraries.");
        report.Head("replicas", "202 p50", "p95", "p99", "floor p50", "p95", "p99", "ratio at p50");
        foreach (var run in runs)
        {
            report.Row($"{run.Replicas}", Time(run.Alone, 0.5), Time(run.Alone, 0.95), Time(run.Alone, 0.99), Time(run.Floor, 0.5), Time(run.Floor, 0.95), Time(run.Floor, 0.99),
                Ratio(run.Alone.Percentile(0.5) / run.Floor.Percentile(0.5)));
        }

        report.Section("Reads");
        report.Paragraph($"The bare API: a minimal API of its own process that sends the same SQL over Npgsql and answers the same JSON, and does nothing else; once with Npgsql as it comes, and once with the fastest settings of it ({Reads.FastestSettings[1..]}).");
        report.Head("replicas", "read", "requests/s", "p50", "p99", "of the bare API", "of the prepared one");
        foreach (var run in runs)
        {
            foreach (var (name, figure) in run.Reads)
            {
                report.Row($"{run.Replicas}", name, Number(figure.Steps.PerSecond), Time(figure.Steps, 0.5), Time(figure.Steps, 0.99),
                    Of(Reads.BareOf(name)), Of(Reads.PreparedOf(name)));

                string Of(string? bare) => bare is null ? "" : Share(figure.Steps.PerSecond / run.Reads[bare].Steps.PerSecond);
            }
        }

        report.Section("Floors");
        report.Head("beside replicas", "what", "a second", "p50", "p99");
        foreach (var run in runs)
        {
            foreach (var (name, figure) in run.Raw)
                report.Row($"{run.Replicas}", name, Number(figure.Steps.PerSecond), Time(figure.Steps, 0.5), Time(figure.Steps, 0.99));
        }

        report.Section("What bounds it");
        report.Paragraph($"Processors at work, of {Environment.ProcessorCount}, and for whom. Where nearly all are at work they are what bounds the figure; elsewhere the clients wait for round trips and for disks.");
        report.Head("during", "processors", "for");
        foreach (var run in runs)
        {
            report.ProcessorRow($"checkout, {run.Replicas} replicas", run.Checkouts.Confirmed.Seconds, run.Checkouts.Processors);
            foreach (var (name, figure) in run.Reads.Concat(run.Raw))
                report.ProcessorRow($"{name}, {run.Replicas} replicas", figure.Steps.Seconds, figure.Processors);
        }

        var first = runs[0];
        foreach (var name in (string[])[Reads.List, Reads.Product])
        {
            var share = first.Reads[name].Steps.PerSecond / first.Reads[Reads.BareOf(name)!].Steps.PerSecond;
            report.Aim($"{name}, requests/s of the bare API's", "at least 70%", $"{share:0%}", share >= 0.7);
        }

        var ratio = first.Alone.Percentile(0.5) / first.Floor.Percentile(0.5);
        report.Aim("the 202 alone, p50 of the floor's", "at most 3x", $"{ratio:0.00}x", ratio <= 3);
        report.Write();
    }

    private static string Number(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Share(double value) => value.ToString("0%", CultureInfo.InvariantCulture);

    private static string Ratio(double value) => value.ToString("0.00x", CultureInfo.InvariantCulture);

    private static string Time(Steps steps, double share) => string.Create(CultureInfo.InvariantCulture, $"{steps.Percentile(share):0.00} ms");
}

internal sealed record LoadRun(
    int Replicas, Steps Alone, Steps Floor, Checkouts Checkouts, Dictionary<string, Figure> Reads, Dictionary<string, Figure> Raw);

internal sealed record Figure(Steps Steps, IReadOnlyList<(string Name, double Seconds)> Processors)
{
    public static Figure Of(IReadOnlyList<Figure> parts) => new(
        new Steps(parts.Sum(part => part.Steps.Seconds), [.. parts.SelectMany(part => part.Steps.Latencies)]),
        [.. parts.SelectMany(part => part.Processors).GroupBy(each => each.Name).Select(each => (each.Key, each.Sum(one => one.Seconds))).OrderByDescending(each => each.Item2)]);
}

internal static class Reads
{
    public const string List = "list of 20 products";
    public const string Product = "one product";
    public const string BareList = "list of 20 products, bare API";
    public const string BareProduct = "one product, bare API";
    public const string PreparedList = "list of 20 products, prepared bare API";
    public const string PreparedProduct = "one product, prepared bare API";
    public const string Cart = "cart with one line";
    public const string Order = "order";

    public const string FastestSettings = ";Max Auto Prepare=100;No Reset On Close=true";

    public static string? PreparedOf(string read) => read switch { List => PreparedList, Product => PreparedProduct, _ => null };

    public static string? BareOf(string read) => read switch { List => BareList, Product => BareProduct, _ => null };
}

internal static class Bare
{
    public const string Insert = "Npgsql: insert of one row";
    public const string Publish = "RabbitMQ.Client: confirmed message";
    public const string Redis = "StackExchange.Redis: GET";
}
