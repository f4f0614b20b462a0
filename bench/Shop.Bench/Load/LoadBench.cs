using System.Globalization;
using Shop.Bench.Application;
using Shop.Bench.Measurement;
using Shop.Bench.Signals;

namespace Shop.Bench.Load;

/// <summary>Measures throughput and latency by number of replicas, and in the same run the lower bounds that the servers set.</summary>
internal static class LoadBench
{
    // Enough to keep every processor of a small machine busy.
    public const int Clients = 16;

    /// <summary>Number of rounds that are compared with each other.</summary>
    public const int Rounds = 6;

    private const int MaxCheckouts = 4_000;
    private const int MaxSingleClientCheckouts = 300;

    public static async Task RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var duration = TimeSpan.FromSeconds(arguments.GetInt32("seconds", 8));
        var replicaCounts = arguments.GetString("replicas", "1").Split(',')
            .Select(text => int.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        var report = new Report(arguments, "load", "Load");
        var runs = new List<LoadRun>();
        foreach (var replicas in replicaCounts)
        {
            Console.WriteLine($"\nStarting the application with {replicas} replicas of each service");
            runs.Add(await MeasureAsync(replicas, duration, cancellationToken));
        }

        LoadReport.Write(report, runs);
    }

    private static async Task<LoadRun> MeasureAsync(int replicas, TimeSpan duration, CancellationToken cancellationToken)
    {
        await using var sink = await OtlpSink.StartAsync();
        await using var shop = await ShopApplication.StartAsync(
            replicas, SignalLeg.Production(sink.GetEndpoint(0)), cancellationToken);
        await ProductSeed.InsertAsync(shop);
        await using var outcomes = await OrderOutcomeListener.StartAsync(shop);
        await using var lowerBounds = await LowerBounds.ConnectAsync(shop, Clients);
        await using var baseline = await BaselineApiProcess.StartAsync(shop);
        await using var tuned = await BaselineApiProcess.StartAsync(shop, ReadScenarios.TunedConnectionSettings);
        var processes = shop.Processes
            .Append(new(baseline.Id, "baseline API"))
            .Append(new(tuned.Id, "tuned baseline API"))
            .ToDictionary();
        var checkoutLoad = new CheckoutLoad(shop, outcomes, cancellationToken);

        var orders = new Guid[100];
        for (var i = 0; i < orders.Length; i++)
        {
            orders[i] = await checkoutLoad.BuyAsync($"before-{i}", i);
        }

        Dictionary<string, Func<int, Task>> reads = new()
        {
            [ReadScenarios.ProductList] = number => GetProductListAsync(shop.Catalog, number),
            [ReadScenarios.BaselineProductList] = number => GetProductListAsync(baseline.Client, number),
            [ReadScenarios.TunedProductList] = number => GetProductListAsync(tuned.Client, number),
            [ReadScenarios.Product] = number => GetProductAsync(shop.Catalog, number),
            [ReadScenarios.BaselineProduct] = number => GetProductAsync(baseline.Client, number),
            [ReadScenarios.TunedProduct] = number => GetProductAsync(tuned.Client, number),
            [ReadScenarios.Cart] = number => shop.Cart.GetAsync(number, $"/api/v1/carts/reader-{number % orders.Length}"),
            [ReadScenarios.Order] = number => shop.Orders.GetAsync(number, $"/api/v1/orders/{orders[number % orders.Length]}"),
        };
        Dictionary<string, Func<int, Task>> serverOperations = new()
        {
            [LowerBounds.InsertScenario] = _ => lowerBounds.InsertAsync(),
            [LowerBounds.PublishScenario] = lowerBounds.PublishAsync,
            [LowerBounds.RedisScenario] = lowerBounds.GetAsync,
        };
        for (var i = 0; i < orders.Length; i++)
        {
            await checkoutLoad.AddToCartAsync($"reader-{i}", i);
        }

        Console.WriteLine("Warming up");
        await checkoutLoad.RunAsync(Clients, MaxCheckouts, CheckoutLoad.WarmUp);
        foreach (var step in reads.Values.Concat(serverOperations.Values))
        {
            await ClosedLoop.RunAsync(Clients, duration / 2, step, cancellationToken: cancellationToken);
        }

        Console.WriteLine("Measuring");
        var (singleClient, singleClientLowerBound) = (new List<LoadResult>(), new List<LoadResult>());
        for (var round = 0; round < Rounds; round++)
        {
            singleClient.Add((await checkoutLoad.RunAsync(1, MaxSingleClientCheckouts / Rounds, duration * 2 / Rounds)).Accepted);
            singleClientLowerBound.Add(await ClosedLoop.RunAsync(
                1, duration / Rounds, lowerBounds.CheckOutAsync, MaxSingleClientCheckouts / Rounds, cancellationToken));
        }

        var checkouts = await checkoutLoad.RunAsync(Clients, MaxCheckouts, duration, processes);
        return new LoadRun(
            replicas,
            singleClient,
            singleClientLowerBound,
            checkouts,
            await MeasureScenariosAsync(reads),
            await MeasureScenariosAsync(serverOperations));

        // Forward and backward through the list in turn, so that a slow period of the machine affects both sides of a comparison.
        async Task<Dictionary<string, ScenarioResult>> MeasureScenariosAsync(Dictionary<string, Func<int, Task>> scenarios)
        {
            var results = scenarios.Keys.ToDictionary(name => name, _ => new List<(LoadResult, IReadOnlyList<CpuTime>)>());
            for (var round = 0; round < Rounds; round++)
            {
                foreach (var (name, step) in round % 2 == 0 ? scenarios : scenarios.Reverse())
                {
                    var cpu = new CpuUsage(processes);
                    var load = await ClosedLoop.RunAsync(Clients, duration / Rounds, step, cancellationToken: cancellationToken);
                    results[name].Add((load, cpu.GetUsed()));
                }
            }

            return results.ToDictionary(result => result.Key, result => ScenarioResult.Combine(result.Value));
        }
    }

    private static Task GetProductListAsync(ReplicaClient client, int number) => client.GetAsync(number, "/api/v1/products?limit=20");

    private static Task GetProductAsync(ReplicaClient client, int number) =>
        client.GetAsync(number, $"/api/v1/products/{ProductSeed.Sku(number)}");
}
