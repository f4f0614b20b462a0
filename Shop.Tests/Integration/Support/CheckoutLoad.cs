using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Shop.Tests.Integration.Support;

/// <summary>
/// Concurrent checkouts by customers who repeat each failed request with the same idempotency key. After the run, orders, stock and carts
/// must agree to the unit.
/// </summary>
/// <param name="shop">The application.</param>
/// <param name="outage">Completes when the outage is over.</param>
internal sealed class CheckoutLoad(ShopApp shop, Task outage)
{
    private const int CustomersBefore = 48;
    private const int CustomersAfter = 16;
    private const int Products = 6;
    private const int OnHand = 10_000;

    // The customer knows the prices, also when the cart cannot show them.
    private const int Price = 1500;

    // Every sixth card is declined, so that stock is released too.
    private const int DeclinedEvery = 6;

    private static readonly TimeSpan _retryDelay = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentBag<Purchase> _purchases = [];
    private readonly TaskCompletionSource _underWay = new();
    private string[] _skus = [];
    private int _retries;

    /// <summary>Completes in the middle of the run: when a third of the first customers has checked out.</summary>
    public Task UnderWay => _underWay.Task.WaitAsync(Eventually.Timeout);

    public int Customers => _purchases.Count;

    /// <summary>Number of requests that were sent again.</summary>
    public int Retries => _retries;

    /// <summary>Runs customers until the outage is over, and some more. Returns when each customer's checkout was accepted.</summary>
    public async Task RunAsync()
    {
        var admin = new CatalogAdminClient(shop);
        _skus = await Task.WhenAll(Enumerable.Range(0, Products).Select(_ => admin.AddAsync(OnHand, price: Price)));
        await Concurrently.ForEachAsync(NumbersAsync(), async number =>
        {
            _purchases.Add(await BuyAsync(number));
            if (_purchases.Count >= CustomersBefore / 3)
            {
                _underWay.TrySetResult();
            }
        });
    }

    /// <summary>Asserts that each checkout has one outcome and one order, and that stock and carts agree with the outcomes.</summary>
    public async Task AssertNothingLostOrDuplicatedAsync()
    {
        foreach (var purchase in _purchases)
        {
            Assert.Equal(
                purchase.Declined ? ("Rejected", "payment_declined") : ("Confirmed", null),
                await purchase.Visitor.WaitForOutcomeAsync(purchase.Order));
        }

        var sold = _purchases.Where(purchase => !purchase.Declined).SelectMany(purchase => purchase.Lines)
            .GroupBy(line => line.Sku).ToDictionary(lines => lines.Key, lines => lines.Sum(line => line.Quantity));
        var expected = Format(_skus.Select(sku => OnHand - sold.GetValueOrDefault(sku)));
        await Eventually.ReadAsync(AvailableAsync, available => available == expected);

        foreach (var purchase in _purchases)
        {
            await Eventually.ReadAsync(purchase.Visitor.LinesInCartAsync, lines => lines == (purchase.Declined ? purchase.Lines.Count : 0));
        }

        Assert.Equal(_purchases.Count, await StoredOrdersAsync());
    }

    private async IAsyncEnumerable<int> NumbersAsync()
    {
        var number = 0;
        while (number < CustomersBefore)
        {
            yield return number++;
        }

        while (!outage.IsCompleted)
        {
            await Task.WhenAny(outage, Task.Delay(_retryDelay));
            yield return number++;
        }

        for (var remaining = CustomersAfter; remaining > 0; remaining--)
        {
            yield return number++;
        }
    }

    private async Task<Purchase> BuyAsync(int number)
    {
        var visitor = new Visitor(shop);
        var declined = number % DeclinedEvery == 0;
        List<(string Sku, int Quantity)> lines = [(_skus[number % Products], 1), (_skus[(number + 1) % Products], 2)];
        foreach (var (sku, quantity) in lines)
        {
            await RepeatAsync(HttpStatusCode.OK, () => visitor.TryPutAsync(sku, quantity));
        }

        var (card, key) = (declined ? "tok_declined" : "tok_ok", $"load-{number}");
        var total = Price * lines.Sum(line => line.Quantity);
        using var accepted = await RepeatAsync(HttpStatusCode.Accepted, () => visitor.TryCheckOutAsync(card, key, total));
        return new(visitor, accepted.Headers.Location!.ToString(), lines, declined);
    }

    // Without a limit during the outage, whose length depends on the machine; with the usual limit after it.
    private async Task<HttpResponseMessage> RepeatAsync(HttpStatusCode expected, Func<Task<HttpResponseMessage>> send)
    {
        while (!outage.IsCompleted)
        {
            if (await TryAsync(expected, send) is { } response)
            {
                return response;
            }

            await Task.WhenAny(outage, Task.Delay(_retryDelay));
        }

        return (await Eventually.ReadAsync(() => TryAsync(expected, send), response => response is not null))!;
    }

    private async Task<HttpResponseMessage?> TryAsync(HttpStatusCode expected, Func<Task<HttpResponseMessage>> send)
    {
        try
        {
            var response = await send();
            if (response.StatusCode == expected)
            {
                return response;
            }

            // Only 503 invites a retry; any other status would blame the customer or the service.
            if (response.StatusCode != HttpStatusCode.ServiceUnavailable)
            {
                Assert.Fail($"{response.StatusCode}: {await DescribeAsync(await response.Content.ReadFromJsonAsync<JsonElement>())}");
            }
        }
        catch (HttpRequestException)
        {
            // The service is down, or went down before it had responded.
        }

        Interlocked.Increment(ref _retries);
        return null;
    }

    // The problem details name the trace in which the service logged the exception.
    private async Task<string> DescribeAsync(JsonElement problem)
    {
        var records = await Eventually.ReadAsync(
            () => shop.Telemetry.TraceLogsAsync(problem.GetProperty("traceId").GetString()!),
            records => records.Any(record => record.Attributes.ContainsKey("exception.type")));
        return string.Join('\n', records
            .Select(record => $"{record.Service}: {record.Text} {record.Attributes.GetValueOrDefault("exception.stacktrace")}")
            .Prepend(problem.ToString()));
    }

    private async Task<string> AvailableAsync()
    {
        var visitor = new Visitor(shop);
        return Format(await Task.WhenAll(_skus.Select(visitor.AvailableAsync)));
    }

    private Task<long> StoredOrdersAsync()
    {
        var carts = _purchases.Select(purchase => purchase.Visitor.CartId).ToArray();
        return new Database(shop, "ordersdb").ReadAsync<long>("select count(*) from orders where cart_id = any($1)", [carts]);
    }

    private static string Format(IEnumerable<int> quantities) =>
        string.Join(' ', quantities.Select(quantity => quantity.ToString(CultureInfo.InvariantCulture)));

    private sealed record Purchase(Visitor Visitor, string Order, IReadOnlyList<(string Sku, int Quantity)> Lines, bool Declined);
}
