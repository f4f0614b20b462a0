using Shop.Bench.Application;
using Shop.Bench.Measurement;

namespace Shop.Bench.Signals;

/// <summary>The whole application in the configuration of one leg. Its processes are stopped while another leg is measured.</summary>
internal sealed class SignalSubject(
    SignalLeg leg, ShopApplication shop, OrderOutcomeListener outcomes, CancellationToken cancellationToken) : IAsyncDisposable
{
    public const string AddToCart = "add";
    public const string Checkout = "checkout";
    public const string ProductList = "list";
    public const string Product = "product";

    private const int Clients = 16;
    private const int MaxCheckoutsPerSecond = 300;
    private const int LinesPerCart = 10;

    // Longer than OTEL_BSP_SCHEDULE_DELAY and OTEL_BLRP_SCHEDULE_DELAY, of 1 s also with the service defaults of a new application, so that
    // a turn contains the work of its own exports.
    private static readonly TimeSpan _drain = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _retryDelay = TimeSpan.FromMilliseconds(250);

    private readonly CheckoutLoad _checkoutLoad = new(shop, outcomes, cancellationToken);
    private int _addToCartRuns;

    public SignalLeg Leg => leg;

    public static async Task<SignalSubject> StartAsync(SignalLeg leg, CancellationToken cancellationToken)
    {
        Console.WriteLine($"Starting the application: {leg.Name}");
        var shop = await ShopApplication.StartAsync(1, leg.Environment, cancellationToken);
        await ProductSeed.InsertAsync(shop);
        return new SignalSubject(leg, shop, await OrderOutcomeListener.StartAsync(shop), cancellationToken);
    }

    /// <summary>Runs an operation for the given time and waits until its exports have ended.</summary>
    public async Task<SignalTurn> MeasureAsync(string operation, TimeSpan duration)
    {
        if (operation == Checkout)
        {
            var result = await _checkoutLoad.RunAsync(
                Clients, (int)(MaxCheckoutsPerSecond * duration.TotalSeconds), duration, drain: _drain);
            return new(result.Confirmed.Count, result.Confirmed.Seconds, result.Cpu);
        }

        var cpu = new CpuUsage(shop.Processes);
        var load = await RunReadsAsync(operation, duration);
        await Task.Delay(_drain, cancellationToken);
        return new(load.Count, load.Seconds, cpu.GetUsed());
    }

    /// <summary>Runs an operation without measuring it. Connections that broke while the processes were stopped are opened again.</summary>
    public async Task WarmUpAsync(string operation, TimeSpan duration)
    {
        var deadline = DateTime.UtcNow + TimeSpan.FromSeconds(30);
        while (true)
        {
            try
            {
                _ = operation == Checkout
                    ? (await _checkoutLoad.RunAsync(Clients, (int)(MaxCheckoutsPerSecond * duration.TotalSeconds), duration)).Confirmed
                    : await RunReadsAsync(operation, duration);
                return;
            }
            catch (Exception exception) when (exception is HttpRequestException or TimeoutException && DateTime.UtcNow < deadline)
            {
                await Task.Delay(_retryDelay, cancellationToken);
            }
        }
    }

    /// <summary>Stops the processes of the application until <see cref="ResumeAsync"/>: they then use no processor time at all.</summary>
    public Task PauseAsync() => shop.SignalAsync("STOP", cancellationToken);

    /// <summary>Continues the processes, and waits until the services have their connections again.</summary>
    public async Task ResumeAsync()
    {
        await shop.SignalAsync("CONT", cancellationToken);
        await shop.WaitForHealthAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await shop.SignalAsync("CONT", CancellationToken.None);
        await outcomes.DisposeAsync();
        await shop.DisposeAsync();
    }

    private Task<LoadResult> RunReadsAsync(string operation, TimeSpan duration)
    {
        var run = _addToCartRuns++;
        return ClosedLoop.RunAsync(
            Clients,
            duration,
            operation switch
            {
                AddToCart => number => _checkoutLoad.AddToCartAsync($"adder-{run}-{number / LinesPerCart}", number % LinesPerCart),
                ProductList => number => shop.Catalog.GetAsync(number, "/api/v1/products?limit=20"),
                Product => number => shop.Catalog.GetAsync(number, $"/api/v1/products/{ProductSeed.Sku(number)}"),
                _ => throw new ArgumentException($"There is no operation '{operation}'."),
            },
            cancellationToken: cancellationToken);
    }
}

/// <summary>The load of one operation on one leg, for some seconds.</summary>
/// <param name="Count">Number of completed operations.</param>
/// <param name="Seconds">Duration of the load.</param>
/// <param name="Cpu">Processor time of each process, the exports after the load included.</param>
/// <param name="ExportedBytes">Size of the exports.</param>
internal sealed record SignalTurn(int Count, double Seconds, IReadOnlyList<CpuTime> Cpu, long ExportedBytes = 0)
{
    private static readonly string[] _services = ["catalog", "cart", "orders"];

    public double PerSecond => Count / Seconds;

    /// <summary>Processor time of the three services per operation, in microseconds.</summary>
    public double CpuOfServices => Cpu.Where(cpu => _services.Contains(cpu.Process)).Sum(cpu => cpu.Seconds) / Count * 1e6;
}
