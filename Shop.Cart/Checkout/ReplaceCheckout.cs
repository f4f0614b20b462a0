using Microsoft.AspNetCore.Http.HttpResults;
using Shop.Cart.Carts;
using Shop.Contracts;
using Shop.Contracts.Catalog.V1;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;

namespace Shop.Cart.Checkout;

/// <summary>
/// Ends the checkout that is in progress when a cart is checked out with another idempotency key: because the request replaces it, because
/// its order has ended, or because it never became an order.
/// </summary>
internal sealed class ReplaceCheckout(
    CartStore carts, CheckoutStore checkouts, OrdersClient orders, Catalog.CatalogClient catalog, TimeProvider time, JourneyEvents events)
{
    private const string Confirmed = "Confirmed";

    // A published order is stored within seconds. An order that is unknown for longer was not confirmed by the broker.
    private static readonly TimeSpan _unknownTimeout = TimeSpan.FromMinutes(1);

    // As long as an order waits for the same call.
    private static readonly TimeSpan _catalogTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Returns null if no checkout of the cart is in progress any more, or why the cart cannot be checked out.</summary>
    /// <param name="cartId">The cart.</param>
    /// <param name="inProgress">Its checkout in progress, if Redis knows one.</param>
    /// <param name="replaces">The order that the request replaces, if any.</param>
    /// <param name="cancellationToken">Cancels the calls.</param>
    public async Task<ProblemHttpResult?> EndAsync(
        string cartId, CheckoutInProgress? inProgress, Guid? replaces, CancellationToken cancellationToken)
    {
        var orderId = inProgress?.OrderId ?? replaces!.Value;
        var replace = replaces == orderId;
        switch (await orders.FindAsync(orderId, cancellationToken))
        {
            // Not known to be an order of this cart, so there is nothing to replace.
            case OrderLookup.Unknown when inProgress is null:
            case OrderLookup.Found({ } other) when inProgress is null && other.CartId != cartId:
                return null;
            case OrderLookup.Found({ Status: Confirmed }) when replace:
                return CartProblems.OrderNotReplaceable(orderId);
            case OrderLookup.Found({ InProgress: false } ended):
                await EndAsync(cartId, ended, cancellationToken);
                return null;
            case OrderLookup.Found when replace:
                switch (await orders.CancelAsync(orderId, "replaced", cancellationToken))
                {
                    case CancelOrderResult.Cancelled:
                        break;
                    case CancelOrderResult.NotCancellable:
                        return CartProblems.OrderNotReplaceable(orderId);
                    default:
                        return CartProblems.OrdersUnavailable();
                }

                break;
            case OrderLookup.Unknown when replace || time.GetUtcNow() - inProgress!.Value.Since >= _unknownTimeout:
                break;
            case OrderLookup.Unavailable when replace:
                return CartProblems.OrdersUnavailable();
            default:
                return CartProblems.CheckoutInProgress(orderId);
        }

        // What the order holds is available to the next one right away, not only when Catalog has handled the cancellation. An order that
        // the broker has after all, although it never confirmed it, is rejected for lack of its reservation and is not charged.
        var released = await catalog.ReleaseStockAsync(
            new ReleaseStockRequest { OrderId = orderId.ToString(), Reason = "replaced" },
            deadline: time.GetUtcNow().UtcDateTime + _catalogTimeout,
            cancellationToken: cancellationToken);
        if (released.Outcome is ReleaseStockResponse.Types.Outcome.Committed)
        {
            return CartProblems.OrderNotReplaceable(orderId);
        }

        await checkouts.EndAsync(cartId, orderId, cancellationToken);
        return null;
    }

    // The message with the outcome has not been handled yet. Until then, the cart contains what the order has bought.
    private async Task EndAsync(string cartId, StoredCheckout order, CancellationToken cancellationToken)
    {
        if (order.Status is Confirmed
            && await carts.RemovePurchasedLinesAsync(
                order.CartId, order.OrderId, order.Lines.Select(line => new CartLine(line.Sku, line.Quantity)), cancellationToken))
        {
            events.Emit(new CartEvents.Emptied(order.CartId, order.OrderId));
        }

        await checkouts.EndAsync(order.CartId, order.OrderId, cancellationToken);
        await checkouts.EndAsync(cartId, order.OrderId, cancellationToken);
    }
}
