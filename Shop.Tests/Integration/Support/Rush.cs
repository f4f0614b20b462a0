using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Shop.Tests.Integration.Support;

/// <summary>
/// Many customers at once who do not give up: who gets an error, or no answer at all, sends the same again with the same key. When
/// all are through, the books must balance to the piece.
/// </summary>
internal sealed class Rush(ShopApp shop, Task outage)
{
    private const int First = 48;
    private const int Last = 16;
    private const int AtOnce = 8;
    private const int Products = 6;
    private const int OnHand = 10_000;

    // Every sixth card is declined, so that giving stock back is part of it.
    private const int DeclinedEvery = 6;

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentBag<Purchase> _purchases = [];
    private readonly TaskCompletionSource _underWay = new();
    private string[] _skus = [];
    private int _retried;

    /// <summary>Done when a third of the first customers has been served: the middle of the run.</summary>
    public Task UnderWay => _underWay.Task.WaitAsync(Eventually.Limit);

    public int Customers => _purchases.Count;

    /// <summary>Requests that were sent again.</summary>
    public int Retried => _retried;

    /// <summary>Customers come until the outage is over, and some after it. Returns when each customer's checkout was answered with 202.</summary>
    public async Task RunAsync()
    {
        var keeper = new Shopkeeper(shop);
        _skus = await Task.WhenAll(Enumerable.Range(0, Products).Select(_ => keeper.AddAsync(OnHand)));
        await Parallel.ForEachAsync(NumbersAsync(), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (number, _) =>
        {
            _purchases.Add(await BuyAsync(number));
            if (_purchases.Count >= First / 3)
                _underWay.TrySetResult();
        });
    }

    /// <summary>Each checkout settled once, stock that adds up, carts that hold what was not bought, nothing left behind.</summary>
    public async Task AssertNothingLostOrDoubledAsync()
    {
        foreach (var purchase in _purchases)
        {
            Assert.Equal(purchase.Declined ? ("Rejected", "payment_declined") : ("Confirmed", null), await purchase.Visitor.SettledAsync(purchase.Order));
        }

        var sold = _purchases.Where(purchase => !purchase.Declined).SelectMany(purchase => purchase.Lines)
            .GroupBy(line => line.Sku).ToDictionary(lines => lines.Key, lines => lines.Sum(line => line.Quantity));
        var expected = Told(_skus.Select(sku => OnHand - sold.GetValueOrDefault(sku)));
        await Eventually.ReadAsync(AvailableAsync, now => now == expected);

        foreach (var purchase in _purchases)
        {
            await Eventually.ReadAsync(purchase.Visitor.LinesInCartAsync, lines => lines == (purchase.Declined ? purchase.Lines.Count : 0));
        }

        Assert.Equal(_purchases.Count, await StoredOrdersAsync());
    }

    private async IAsyncEnumerable<int> NumbersAsync()
    {
        var number = 0;
        while (number < First)
            yield return number++;
        while (!outage.IsCompleted)
        {
            await Task.WhenAny(outage, Task.Delay(_pause));
            yield return number++;
        }

        for (var left = Last; left > 0; left--)
            yield return number++;
    }

    private async Task<Purchase> BuyAsync(int number)
    {
        var visitor = new Visitor(shop);
        var declined = number % DeclinedEvery == 0;
        List<(string Sku, int Quantity)> lines = [(_skus[number % Products], 1), (_skus[(number + 1) % Products], 2)];
        foreach (var (sku, quantity) in lines)
        {
            await UntilAsync(HttpStatusCode.OK, () => visitor.TryPutAsync(sku, quantity));
        }

        var key = $"rush-{number}";
        using var answer = await UntilAsync(HttpStatusCode.Accepted, () => visitor.TryCheckOutAsync(declined ? "tok_declined" : "tok_ok", key));
        return new(visitor, answer.Headers.Location!.ToString(), lines, declined);
    }

    // Patient for as long as the outage lasts, however slow the machine is to end it; then it must go through.
    private async Task<HttpResponseMessage> UntilAsync(HttpStatusCode wanted, Func<Task<HttpResponseMessage>> send)
    {
        while (!outage.IsCompleted)
        {
            if (await TryAsync(wanted, send) is { } answer)
                return answer;
            await Task.WhenAny(outage, Task.Delay(_pause));
        }

        return (await Eventually.ReadAsync(() => TryAsync(wanted, send), answer => answer is not null))!;
    }

    private async Task<HttpResponseMessage?> TryAsync(HttpStatusCode wanted, Func<Task<HttpResponseMessage>> send)
    {
        try
        {
            var response = await send();
            if (response.StatusCode == wanted)
                return response;
            // Trouble is told as such: "try again", not "you made a mistake" and not "we made one".
            if (response.StatusCode != HttpStatusCode.ServiceUnavailable)
                Assert.Fail($"{response.StatusCode}: {await WhyAsync(await response.Content.ReadFromJsonAsync<JsonElement>())}");
        }
        catch (HttpRequestException)
        {
            // nobody there, or gone in the middle of an answer
        }

        Interlocked.Increment(ref _retried);
        return null;
    }

    // The answer says under which trace the service has told the rest.
    private async Task<string> WhyAsync(JsonElement problem)
    {
        var lines = await Eventually.ReadAsync(() => shop.Telemetry.LogsOfAsync(problem.GetProperty("traceId").GetString()!), lines => lines.Any(line => line.Attributes.ContainsKey("exception.type")));
        return string.Join('\n', lines.Select(line => $"{line.Service}: {line.Text} {line.Attributes.GetValueOrDefault("exception.stacktrace")}").Prepend(problem.ToString()));
    }

    private async Task<string> AvailableAsync()
    {
        var visitor = new Visitor(shop);
        return Told(await Task.WhenAll(_skus.Select(visitor.AvailableAsync)));
    }

    private Task<long> StoredOrdersAsync() => new Database(shop, "ordersdb")
        .ReadAsync<long>("select count(*) from orders where cart_id = any($1)", [_purchases.Select(purchase => purchase.Visitor.CartId).ToArray()]);

    private static string Told(IEnumerable<int> pieces) => string.Join(' ', pieces.Select(count => count.ToString(CultureInfo.InvariantCulture)));

    private sealed record Purchase(Visitor Visitor, string Order, IReadOnlyList<(string Sku, int Quantity)> Lines, bool Declined);
}
