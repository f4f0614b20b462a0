using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Shop.Bench.Measuring;

namespace Shop.Bench.Running;

/// <summary>People who buy one thing each, from a cart of their own.</summary>
internal sealed class Buyers(RunningShop shop, Confirmations confirmations, CancellationToken cancellationToken)
{
    private const string Body = """
        {"recipient":{"name":"Ada Example","address":"1 Analytical Row, London","email":"ada@example.org"},"payment":{"cardToken":"tok_ok"}}
        """;

    private static int _runs;

    public Task PutAsync(string cart, int number) => shop.Cart.PutAsync(number, $"/api/v1/carts/{cart}/lines/{Goods.Sku(number)}", """{"quantity":1}""");

    /// <summary>Carts are filled first; then so many clients check them out, each the next one when the last order is confirmed.</summary>
    public async Task<Checkouts> CheckOutAsync(int clients, int most, TimeSpan time, IReadOnlyDictionary<int, string>? processes = null)
    {
        var run = $"run-{Interlocked.Increment(ref _runs)}";
        await ClosedLoop.RunAsync(16, TimeSpan.MaxValue, number => PutAsync($"{run}-{number}", number), most, cancellationToken);

        var accepted = new ConcurrentBag<double>();
        var processors = new Processors(processes ?? shop.Processes);
        var confirmed = await ClosedLoop.RunAsync(clients, time, async number =>
        {
            var since = Stopwatch.GetTimestamp();
            var order = await AcceptedAsync($"{run}-{number}", number);
            accepted.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
            await confirmations.WaitForAsync(order);
        }, most, cancellationToken);
        return new Checkouts(new Steps(confirmed.Seconds, [.. accepted]), confirmed, processors.Used());
    }

    /// <summary>Puts something in, buys it and waits until the order is confirmed.</summary>
    public async Task<Guid> BuyAsync(string cart, int number)
    {
        await PutAsync(cart, number);
        var order = await AcceptedAsync(cart, number);
        await confirmations.WaitForAsync(order);
        return order;
    }

    private async Task<Guid> AcceptedAsync(string cart, int number)
    {
        var order = await shop.Cart.SendAsync(number, HttpMethod.Post, $"/api/v1/carts/{cart}/checkout", Body, HttpStatusCode.Accepted, idempotencyKey: cart);
        return Guid.Parse(order!.OriginalString[(order.OriginalString.LastIndexOf('/') + 1)..]);
    }
}

/// <param name="Accepted">From the request to its 202.</param>
/// <param name="Confirmed">From the same request to the word that the order is confirmed.</param>
/// <param name="Processors">Who worked how long meanwhile.</param>
internal sealed record Checkouts(Steps Accepted, Steps Confirmed, IReadOnlyList<(string Name, double Seconds)> Processors);
