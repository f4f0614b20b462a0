using System.Net;
using Shop.Contracts;

namespace Shop.Cart.Checkout;

/// <summary>Asks Orders for the order of a checkout, and cancels it. No call throws when Orders is unavailable.</summary>
internal sealed class OrdersClient(HttpClient http, ILogger<OrdersClient> log)
{
    // A checkout waits for the answer while it waits for the prices.
    private static readonly TimeSpan _findTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _cancelTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Finds the order of a checkout, within a second.</summary>
    public Task<OrderLookup> FindAsync(Guid orderId, CancellationToken cancellationToken) => CallAsync<OrderLookup>(
        async timeout =>
        {
            using var response = await http.GetAsync($"/internal/v1/checkouts/{orderId}", timeout);
            response.EnsureSuccessStatusCode();
            if (response.StatusCode is HttpStatusCode.NoContent)
            {
                return new OrderLookup.Unknown();
            }

            return await response.Content.ReadFromJsonAsync<StoredCheckout>(timeout) is { } order
                ? new OrderLookup.Found(order)
                : new OrderLookup.Unavailable();
        },
        new OrderLookup.Unavailable(), _findTimeout, cancellationToken);

    /// <summary>Cancels an order that is not paid yet.</summary>
    public Task<CancelOrderResult> CancelAsync(Guid orderId, string reason, CancellationToken cancellationToken) => CallAsync(
        async timeout =>
        {
            using var response = await http.PostAsJsonAsync($"/api/v1/orders/{orderId}/cancel", new { reason }, timeout);
            if (response.StatusCode is HttpStatusCode.Conflict)
            {
                return CancelOrderResult.NotCancellable;
            }

            response.EnsureSuccessStatusCode();
            return CancelOrderResult.Cancelled;
        },
        CancelOrderResult.Unavailable, _cancelTimeout, cancellationToken);

    private async Task<T> CallAsync<T>(
        Func<CancellationToken, Task<T>> call, T unavailable, TimeSpan time, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(time);
        try
        {
            return await call(timeout.Token);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            log.OrdersUnavailable(exception);
            return unavailable;
        }
    }
}

/// <summary>Result of <see cref="OrdersClient.FindAsync"/>.</summary>
internal abstract record OrderLookup
{
    public sealed record Found(StoredCheckout Order) : OrderLookup;

    /// <summary>Orders has no such order: its checkout was never published, or not processed yet.</summary>
    public sealed record Unknown : OrderLookup;

    /// <summary>Orders did not respond in time.</summary>
    public sealed record Unavailable : OrderLookup;
}

/// <summary>Result of <see cref="OrdersClient.CancelAsync"/>.</summary>
internal enum CancelOrderResult
{
    Cancelled,

    /// <summary>The order is paid already, or it has ended.</summary>
    NotCancellable,

    /// <summary>Orders did not respond in time.</summary>
    Unavailable,
}
