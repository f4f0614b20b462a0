using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Shop.Tests.Integration.Support;

/// <summary>
/// Many customers at once who do not give up: who gets an error, or no answer at all, sends the same again with the same key. When
/// all are through, the books must balance to the piece.
/// </summary>
internal sealed class Rush(ShopApp shop)
{
    private const int Customers = 48;
    private const int AtOnce = 8;
    private const int Products = 6;

    // Every sixth card is declined, so that giving stock back is part of it.
    private const int DeclinedEvery = 6;

    private readonly ConcurrentBag<Purchase> _purchases = [];
    private readonly TaskCompletionSource _underWay = new();
    private Dictionary<string, int> _before = [];
    private int _retried;

    /// <summary>Done when a third of the customers has been served: the middle of the run.</summary>
    public Task UnderWay => _underWay.Task.WaitAsync(Eventually.Limit);

    /// <summary>Requests that were sent again.</summary>
    public int Retried => _retried;

    /// <summary>Returns when each customer's checkout was answered with 202.</summary>
    public async Task RunAsync()
    {
        _before = await AvailableAsync();
        var skus = _before.OrderByDescending(product => product.Value).Take(Products).Select(product => product.Key).ToArray();
        await Parallel.ForEachAsync(Enumerable.Range(0, Customers), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (number, _) =>
        {
            _purchases.Add(await BuyAsync(number, skus));
            if (_purchases.Count == Customers / 3)
                _underWay.TrySetResult();
        });
    }

    /// <summary>Each checkout settled once, stock that adds up, carts that hold what was not bought, nothing left behind.</summary>
    public async Task AssertNothingLostOrDoubledAsync()
    {
        Assert.Equal(Customers, _purchases.Count);
        foreach (var purchase in _purchases)
        {
            Assert.Equal(purchase.Declined ? ("Rejected", "payment_declined") : ("Confirmed", null), await purchase.Visitor.SettledAsync(purchase.Order));
        }

        var sold = _purchases.Where(purchase => !purchase.Declined).SelectMany(purchase => purchase.Lines)
            .GroupBy(line => line.Sku).ToDictionary(lines => lines.Key, lines => lines.Sum(line => line.Quantity));
        var expected = _before.ToDictionary(product => product.Key, product => product.Value - sold.GetValueOrDefault(product.Key));
        await Eventually.ReadAsync(AvailableAsync, now => Same(now, expected));

        foreach (var purchase in _purchases)
        {
            await Eventually.ReadAsync(purchase.Visitor.LinesInCartAsync, lines => lines == (purchase.Declined ? purchase.Lines.Count : 0));
        }

        Assert.Equal(Customers, await StoredOrdersAsync());
    }

    private async Task<Purchase> BuyAsync(int number, string[] skus)
    {
        var visitor = new Visitor(shop);
        var declined = number % DeclinedEvery == 0;
        List<(string Sku, int Quantity)> lines = [(skus[number % skus.Length], 1), (skus[(number + 1) % skus.Length], 2)];
        foreach (var (sku, quantity) in lines)
        {
            await UntilAsync(HttpStatusCode.OK, () => visitor.TryPutAsync(sku, quantity));
        }

        var key = $"rush-{number}";
        using var answer = await UntilAsync(HttpStatusCode.Accepted, () => visitor.TryCheckOutAsync(declined ? "tok_declined" : "tok_ok", key));
        return new(visitor, answer.Headers.Location!.ToString(), lines, declined);
    }

    private async Task<HttpResponseMessage> UntilAsync(HttpStatusCode wanted, Func<Task<HttpResponseMessage>> send) =>
        (await Eventually.ReadAsync(
            async () =>
            {
                try
                {
                    var response = await send();
                    // Trouble is told as such: "try again", not "you made a mistake" and not "we made one".
                    Assert.True(response.StatusCode == wanted || response.StatusCode == HttpStatusCode.ServiceUnavailable,
                        $"{response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
                    return response;
                }
                catch (HttpRequestException)
                {
                    return null; // nobody there, or gone in the middle of an answer
                }
            },
            response =>
            {
                if (response?.StatusCode == wanted)
                    return true;
                Interlocked.Increment(ref _retried);
                return false;
            }))!;

    private async Task<Dictionary<string, int>> AvailableAsync()
    {
        var page = await shop.Catalog.GetFromJsonAsync<JsonElement>("/api/v1/products?limit=100");
        return page.GetProperty("items").EnumerateArray().ToDictionary(x => x.GetProperty("sku").GetString()!, x => x.GetProperty("available").GetInt32());
    }

    private Task<long> StoredOrdersAsync() => new Database(shop, "ordersdb")
        .ReadAsync<long>("select count(*) from orders where cart_id = any($1)", [_purchases.Select(purchase => purchase.Visitor.CartId).ToArray()]);

    private static bool Same(Dictionary<string, int> now, Dictionary<string, int> expected) =>
        now.Count == expected.Count && expected.All(product => now.GetValueOrDefault(product.Key, -1) == product.Value);

    private sealed record Purchase(Visitor Visitor, string Order, IReadOnlyList<(string Sku, int Quantity)> Lines, bool Declined);
}
