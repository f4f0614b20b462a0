using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Shop.Bench.Measurement;

namespace Shop.Bench.Application;

/// <summary>Load of checkouts. Each checkout buys one unit of one product from a cart of its own.</summary>
internal sealed class CheckoutLoad(ShopApplication shop, OrderOutcomeListener outcomes, CancellationToken cancellationToken)
{
    /// <summary>
    /// How long checkouts warm the services up. During the first 20 s, almost a half of the processor time of Cart and Orders is that of
    /// the compiler: methods are compiled again when they are called often.
    /// </summary>
    public static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(40);

    private const int FillingClients = 16;

    private const string Body = """
        {"recipient":{"name":"Ada Example","address":"1 Analytical Row, London","email":"ada@example.org"},"payment":{"cardToken":"tok_ok"}}
        """;

    private static int _runs;

    public Task AddToCartAsync(string cartId, int number) =>
        shop.Cart.PutAsync(number, $"/api/v1/carts/{cartId}/lines/{ProductSeed.Sku(number)}", """{"quantity":1}""");

    /// <summary>
    /// Fills the carts, then measures checkouts. Each client starts its next checkout when its last order is confirmed. The processor time
    /// includes that of <paramref name="drain"/> after the last one.
    /// </summary>
    public async Task<CheckoutLoadResult> RunAsync(
        int clients,
        int maxCheckouts,
        TimeSpan duration,
        IReadOnlyDictionary<int, string>? processes = null,
        TimeSpan drain = default)
    {
        var run = $"run-{Interlocked.Increment(ref _runs)}";
        await ClosedLoop.RunAsync(
            FillingClients, TimeSpan.MaxValue, number => AddToCartAsync($"{run}-{number}", number), maxCheckouts, cancellationToken);

        var accepted = new ConcurrentBag<double>();
        var cpu = new CpuUsage(processes ?? shop.Processes);
        var confirmed = await ClosedLoop.RunAsync(clients, duration, async number =>
        {
            var started = Stopwatch.GetTimestamp();
            var orderId = await SubmitAsync($"{run}-{number}", number);
            accepted.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            await outcomes.WaitForConfirmationAsync(orderId);
        }, maxCheckouts, cancellationToken);
        await Task.Delay(drain, cancellationToken);
        return new CheckoutLoadResult(new LoadResult(confirmed.Seconds, [.. accepted]), confirmed, cpu.GetUsed());
    }

    /// <summary>Adds one product to the cart, checks the cart out and waits until the order is confirmed.</summary>
    public async Task<Guid> BuyAsync(string cartId, int number)
    {
        await AddToCartAsync(cartId, number);
        var orderId = await SubmitAsync(cartId, number);
        await outcomes.WaitForConfirmationAsync(orderId);
        return orderId;
    }

    private async Task<Guid> SubmitAsync(string cartId, int number)
    {
        var order = await shop.Cart.SendAsync(
            number, HttpMethod.Post, $"/api/v1/carts/{cartId}/checkout", Body, HttpStatusCode.Accepted, idempotencyKey: cartId);
        return Guid.Parse(order!.OriginalString[(order.OriginalString.LastIndexOf('/') + 1)..]);
    }
}

/// <param name="Accepted">From the request to its 202 response.</param>
/// <param name="Confirmed">From the same request to the message that the order is confirmed.</param>
/// <param name="Cpu">Processor time of each process during the run.</param>
internal sealed record CheckoutLoadResult(LoadResult Accepted, LoadResult Confirmed, IReadOnlyList<CpuTime> Cpu);
