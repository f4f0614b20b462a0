using Microsoft.AspNetCore.Http.HttpResults;
using Shop.Cart.Carts;
using Shop.Contracts;
using Shop.Contracts.Events;
using Shop.Contracts.Journeys;
using Shop.Contracts.Messages;
using Shop.Messaging;
using Shop.Telemetry.Events;
using Shop.Telemetry.Journeys;

namespace Shop.Cart.Checkout;

/// <summary>
/// Checks out a cart, once for each idempotency key. The order is stored in Redis before it is published, and a request succeeds only after
/// the broker has confirmed the message. A client that receives no response repeats the request, which publishes the same order again.
/// </summary>
internal sealed class CheckoutService(
    CartStore carts, CheckoutStore checkouts, ProductLookup products, IMessagePublisher publisher, TimeProvider time, JourneyEvents events)
{
    /// <exception cref="BrokerUnavailableException">The broker did not confirm the message in time.</exception>
    public async Task<CheckoutResult> CheckOutAsync(
        string cartId, string idempotencyKey, CheckoutRequest request, CancellationToken cancellationToken)
    {
        var fingerprint = RequestFingerprint.Compute(cartId, idempotencyKey, request);

        // Both reads are pipelined: most requests are the first with their key, and then need the cart.
        var find = checkouts.FindAsync(cartId, idempotencyKey, cancellationToken);
        var lines = await carts.ReadAsync(cartId, cancellationToken);
        var checkout = await find;
        if (checkout is null)
        {
            var (snapshot, problem) = await CreateSnapshotAsync(
                cartId, idempotencyKey, lines, fingerprint, request.ExpectedTotal, cancellationToken);
            if (snapshot is null)
            {
                return new CheckoutResult.Rejected(problem!);
            }

            // Of concurrent requests with this key, the first one stores its snapshot and the others continue with the stored one.
            checkout = await checkouts.GetOrAddAsync(cartId, idempotencyKey, snapshot, cancellationToken);
        }

        if (checkout.Fingerprint != fingerprint)
        {
            return new CheckoutResult.Rejected(CartProblems.IdempotencyKeyReused());
        }

        var (orderId, total, totalQuantity) = (checkout.OrderId, checkout.Total, checkout.Lines.Sum(line => line.Quantity));
        JourneyContext.Set(ShopJourneyKeys.CartItemCount, totalQuantity);
        await publisher.PublishAsync(
            new CheckoutSubmitted(orderId, cartId, checkout.Lines, total, request.Recipient, request.Payment, checkout.SubmittedAt),
            orderId, cancellationToken);
        events.Emit(new CartEvents.CheckoutSubmitted(
            cartId, orderId, checkout.Lines.Count, totalQuantity, total.Amount, total.Currency));
        return new CheckoutResult.Submitted(orderId);
    }

    private async Task<(CheckoutSnapshot? Snapshot, ProblemHttpResult? Problem)> CreateSnapshotAsync(
        string cartId,
        string idempotencyKey,
        IReadOnlyList<CartLine> lines,
        string fingerprint,
        Money? expectedTotal,
        CancellationToken cancellationToken)
    {
        if (lines.Count == 0)
        {
            return (null, CartProblems.CartEmpty());
        }

        var found = await products.FindAsync(lines.Select(line => line.Sku), cancellationToken);
        if (found is null)
        {
            return (null, CartProblems.PricesUnavailable());
        }

        var cart = CartView.Of(cartId, lines, found);
        if (cart.Lines.Any(line => line.Problem is not null))
        {
            return (null, CartProblems.LinesUnavailable(cart.Lines.Where(line => line.Problem is not null)));
        }

        if (cart.Problem is ProblemCodes.MixedCurrencies)
        {
            return (null, CartProblems.MixedCurrencies());
        }

        // The customer is never charged a price that was not shown: either no price has changed since the lines were set, or the request
        // contains the current total.
        if (expectedTotal is { } expected ? expected != cart.Total : cart.PricesChanged)
        {
            return (null, CartProblems.PriceChanged(cart.Lines.Where(line => line.PreviousUnitPrice is not null), cart.Total!.Value));
        }

        return (new CheckoutSnapshot(
            OrderIds.For(cartId, idempotencyKey),
            fingerprint,
            [.. cart.Lines.Select(line => new OrderLine(line.Sku, line.Name!, line.Quantity, line.UnitPrice!.Value))],
            cart.Total!.Value,
            time.GetUtcNow()), null);
    }
}

/// <summary>Result of <see cref="CheckoutService.CheckOutAsync"/>.</summary>
internal abstract record CheckoutResult
{
    /// <summary>The order was published and confirmed by the broker.</summary>
    public sealed record Submitted(Guid OrderId) : CheckoutResult;

    /// <summary>The cart cannot be checked out as requested. Nothing was published.</summary>
    public sealed record Rejected(ProblemHttpResult Problem) : CheckoutResult;
}
