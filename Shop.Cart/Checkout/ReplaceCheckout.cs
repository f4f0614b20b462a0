using Microsoft.AspNetCore.Http.HttpResults;
using Shop.Cart.Carts;
using Shop.Contracts.Catalog.V1;
using Shop.Contracts.Events;
using Shop.Contracts.Messages;
using Shop.Telemetry.Events;

namespace Shop.Cart.Checkout;

/// <summary>
/// Makes room for a checkout with another idempotency key: ends the checkout in progress if its order has ended or never became one, and
/// cancels the order that the request replaces.
/// </summary>
internal sealed class ReplaceCheckout(
    CartStore carts,
    CheckoutStore checkouts,
    OrdersClient orders,
    Catalog.CatalogClient catalog,
    TimeProvider time,
    JourneyEvents events,
    ILogger<ReplaceCheckout> log)
{
    private const string StockReserved = "StockReserved";
    private const string Confirmed = "Confirmed";
    private const string Rejected = "Rejected";
    private const string Cancelled = "Cancelled";

    // Longer than a request waits for the broker, so that an order is not given up while it is being published.
    private static readonly TimeSpan _unpublishedTimeout = TimeSpan.FromMinutes(1);

    // As long as an order waits for the same call.
    private static readonly TimeSpan _catalogTimeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Ends the checkout in progress of a cart if its order has ended, or if the broker never confirmed it. Returns null if it was ended,
    /// which may have removed lines from the cart, or why the cart cannot be checked out.
    /// </summary>
    public async Task<ProblemHttpResult?> EndIfOverAsync(
        string cartId, CheckoutInProgress inProgress, CancellationToken cancellationToken)
    {
        switch (await orders.FindAsync(inProgress.OrderId, cancellationToken))
        {
            case OrderLookup.Found({ InProgress: false } order):
                if (order.Status is Confirmed)
                {
                    await RemovePurchasedLinesAsync(
                        cartId, order.CartId, order.OrderId, order.Lines.Select(line => new CartLine(line.Sku, line.Quantity)),
                        cancellationToken);
                }

                await ClearInProgressAsync(cartId, order.CartId, order.OrderId, cancellationToken);
                return null;

            // Only an order that no request was told to be accepted is given up: an accepted one may wait in its queue for long.
            case OrderLookup.Unknown when time.GetUtcNow() - inProgress.UnpublishedSince >= _unpublishedTimeout:
                return await EndUnknownAsync(cartId, inProgress.OrderId, inProgress, cancellationToken) is EndUnknownResult.Sold
                    ? CartProblems.CheckoutInProgress(inProgress.OrderId)
                    : null;
            default:
                return CartProblems.CheckoutInProgress(inProgress.OrderId);
        }
    }

    /// <summary>
    /// Returns the order that a request replaces, or why it cannot be replaced. Releases the stock of an order that has ended, and changes
    /// nothing else.
    /// </summary>
    public async Task<FindReplacedOrderResult> FindReplacedOrderAsync(
        string cartId, Guid orderId, CheckoutInProgress? inProgress, CancellationToken cancellationToken)
    {
        switch (await orders.FindAsync(orderId, cancellationToken))
        {
            case OrderLookup.Found({ Status: Confirmed }):
                return new FindReplacedOrderResult.NotReplaceable(CartProblems.OrderNotReplaceable(orderId));
            case OrderLookup.Found({ InProgress: true } order) when order.CartId != cartId && inProgress?.OrderId != orderId:
                return new FindReplacedOrderResult.NotReplaceable(CartProblems.OrderOfAnotherCart(orderId));
            case OrderLookup.Found(var order):
                // An earlier attempt may have cancelled the order and not released its stock, which this one needs.
                if (order.Status is Rejected or Cancelled)
                {
                    await ReleaseAsync(orderId, cancellationToken);
                }

                return new FindReplacedOrderResult.Found(new ReplacedOrder(
                    orderId,
                    order.InProgress ? ReplacedOrderState.InProgress : ReplacedOrderState.Ended,
                    order.Status is StockReserved ? order.Lines : [],
                    inProgress));
            case OrderLookup.Unknown:
                return new FindReplacedOrderResult.Found(
                    new ReplacedOrder(orderId, ReplacedOrderState.Unknown, [], inProgress));
            default:
                return new FindReplacedOrderResult.NotReplaceable(CartProblems.OrdersUnavailable());
        }
    }

    /// <summary>Cancels the order that a request replaces, and ends its checkout. Returns null, or why it cannot be replaced.</summary>
    public async Task<ProblemHttpResult?> CancelReplacedOrderAsync(
        string cartId, ReplacedOrder replaced, CancellationToken cancellationToken)
    {
        switch (replaced.State)
        {
            case ReplacedOrderState.Unknown:
                return await EndUnknownAsync(cartId, replaced.OrderId, replaced.InProgress, cancellationToken) is EndUnknownResult.Released
                    ? null
                    : CartProblems.OrderNotReplaceable(replaced.OrderId);
            case ReplacedOrderState.InProgress:
                switch (await orders.CancelAsync(replaced.OrderId, "replaced", cancellationToken))
                {
                    case CancelOrderResult.NotCancellable when !await HasEndedUnpaidAsync(replaced.OrderId, cancellationToken):
                        return CartProblems.OrderNotReplaceable(replaced.OrderId);
                    case CancelOrderResult.Unavailable:
                        return CartProblems.OrdersUnavailable();
                }

                await ReleaseAsync(replaced.OrderId, cancellationToken);
                break;
        }

        var orderCartId = GetOrderCart(cartId, replaced.OrderId, replaced.InProgress);
        await ClearInProgressAsync(cartId, orderCartId, replaced.OrderId, cancellationToken);
        return null;
    }

    // It may have been rejected in the meantime.
    private async Task<bool> HasEndedUnpaidAsync(Guid orderId, CancellationToken cancellationToken) =>
        await orders.FindAsync(orderId, cancellationToken) is OrderLookup.Found({ Status: Rejected or Cancelled });

    // Should the broker have the order after all, although it never confirmed it, the order is rejected for lack of its reservation and is
    // not charged.
    private async Task<EndUnknownResult> EndUnknownAsync(
        string cartId, Guid orderId, CheckoutInProgress? inProgress, CancellationToken cancellationToken)
    {
        var isSold = await ReleaseAsync(orderId, cancellationToken) is ReleaseStockResponse.Types.Outcome.Committed;

        // Orders may have stored the order and sold its stock since it was asked.
        if (isSold && await orders.FindAsync(orderId, cancellationToken) is not OrderLookup.Unknown)
        {
            return EndUnknownResult.Sold;
        }

        var orderCartId = GetOrderCart(cartId, orderId, inProgress);
        if (isSold)
        {
            // The order was confirmed, and Orders has lost it: no message ends its checkout.
            log.OrderLost(orderId);
            if (inProgress?.OrderId == orderId)
            {
                await RemovePurchasedLinesAsync(cartId, orderCartId, orderId, inProgress.Lines, cancellationToken);
            }
        }

        await ClearInProgressAsync(cartId, orderCartId, orderId, cancellationToken);
        return isSold ? EndUnknownResult.Lost : EndUnknownResult.Released;
    }

    // The stock of the order is available to the next one right away, not only when Catalog has handled the end of the order.
    private async Task<ReleaseStockResponse.Types.Outcome> ReleaseAsync(Guid orderId, CancellationToken cancellationToken)
    {
        var released = await catalog.ReleaseStockAsync(
            new ReleaseStockRequest { OrderId = orderId.ToString(), Reason = "replaced" },
            deadline: time.GetUtcNow().UtcDateTime + _catalogTimeout,
            cancellationToken: cancellationToken);
        return released.Outcome;
    }

    private static string GetOrderCart(string cartId, Guid orderId, CheckoutInProgress? inProgress) =>
        inProgress?.OrderId == orderId ? inProgress.CartId : cartId;

    // The message with the outcome has not been handled yet. Until then, the cart contains what the order has bought.
    private async Task RemovePurchasedLinesAsync(
        string cartId, string orderCartId, Guid orderId, IEnumerable<CartLine> lines, CancellationToken cancellationToken)
    {
        if (await carts.RemovePurchasedLinesAsync(orderCartId, orderId, lines, cancellationToken, otherCartId: cartId))
        {
            events.Emit(new CartEvents.Emptied(orderCartId, orderId));
        }
    }

    private async Task ClearInProgressAsync(string cartId, string orderCartId, Guid orderId, CancellationToken cancellationToken)
    {
        await checkouts.ClearInProgressAsync(orderCartId, orderId, cancellationToken);
        if (cartId != orderCartId)
        {
            await checkouts.ClearInProgressAsync(cartId, orderId, cancellationToken);
        }
    }

    private enum EndUnknownResult
    {
        /// <summary>The order gets no stock, and its checkout is ended.</summary>
        Released,

        /// <summary>The order was confirmed and Orders has lost it. Its checkout is ended.</summary>
        Lost,

        /// <summary>The stock of the order was sold, and Orders knows the order or does not respond. Its checkout is in progress.</summary>
        Sold,
    }
}

/// <summary>An order that a request replaces.</summary>
/// <param name="OrderId">Order identifier.</param>
/// <param name="State">The state of the order at Orders.</param>
/// <param name="HeldLines">The lines whose stock the order holds.</param>
/// <param name="InProgress">The checkout in progress of the cart, if Redis knows one.</param>
internal sealed record ReplacedOrder(
    Guid OrderId, ReplacedOrderState State, IReadOnlyList<OrderLine> HeldLines, CheckoutInProgress? InProgress);

/// <summary>State of a <see cref="ReplacedOrder"/>.</summary>
internal enum ReplacedOrderState
{
    /// <summary>Orders does not know the order.</summary>
    Unknown,

    /// <summary>The order may still be confirmed, and must be cancelled.</summary>
    InProgress,

    /// <summary>The order was rejected, cancelled or refunded.</summary>
    Ended,
}

/// <summary>Result of <see cref="ReplaceCheckout.FindReplacedOrderAsync"/>.</summary>
internal abstract record FindReplacedOrderResult
{
    /// <summary>The order can be replaced, as far as is known.</summary>
    public sealed record Found(ReplacedOrder Order) : FindReplacedOrderResult;

    /// <summary>The order cannot be replaced.</summary>
    public sealed record NotReplaceable(ProblemHttpResult Problem) : FindReplacedOrderResult;
}
