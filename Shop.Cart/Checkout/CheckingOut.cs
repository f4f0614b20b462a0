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
/// Turns a cart into an order, once for each idempotency key. What is bought is fixed in Redis before it is published, and only
/// published things are answered with yes: a client that heard nothing sends the same again, and the same order goes out again.
/// </summary>
internal sealed class CheckingOut(
    CartStore carts, CheckoutStore checkouts, Pricing pricing, Publisher publisher, TimeProvider time, JourneyEvents events)
{
    public async Task<CheckoutAnswer> CheckOutAsync(string cartId, string key, CheckoutRequest request, CancellationToken cancellationToken)
    {
        var fingerprint = Fingerprint.Of(cartId, key, request);
        // Both are asked for at once: nearly every checkout is a first one, and then needs its cart.
        var found = checkouts.FindAsync(cartId, key, cancellationToken);
        var lines = await carts.ReadAsync(cartId, cancellationToken);
        var fixedCheckout = await found;
        if (fixedCheckout is null)
        {
            var (snapshot, refusal) = await TakeSnapshotAsync(cartId, key, lines, fingerprint, request.ExpectedTotal, cancellationToken);
            if (snapshot is null)
                return new CheckoutAnswer.Refused(refusal!);

            // Of several requests with this key at the same moment one fixes it, and the others go on with what that one has fixed.
            fixedCheckout = await checkouts.FixAsync(cartId, key, snapshot, cancellationToken);
        }

        if (fixedCheckout.Fingerprint != fingerprint)
            return new CheckoutAnswer.Refused(Refusals.KeyReused());

        var (total, pieces) = (fixedCheckout.Total, fixedCheckout.Lines.Sum(line => line.Quantity));
        JourneyContext.Set(ShopJourneyKeys.CartItemCount, pieces);
        await publisher.PublishAsync(
            new CheckoutSubmitted(
                fixedCheckout.OrderId, cartId, fixedCheckout.Lines, total, request.Recipient, request.Payment, fixedCheckout.SubmittedAt),
            fixedCheckout.OrderId, cancellationToken);
        events.Emit(new CartEvents.CheckoutSubmitted(
            cartId, fixedCheckout.OrderId, fixedCheckout.Lines.Count, pieces, total.Amount, total.Currency));
        return new CheckoutAnswer.Submitted(fixedCheckout.OrderId);
    }

    private async Task<(FixedCheckout? Snapshot, ProblemHttpResult? ProblemResults)> TakeSnapshotAsync(
        string cartId, string key, IReadOnlyList<CartLine> lines, string fingerprint, Money? expectedTotal, CancellationToken cancellationToken)
    {
        if (lines.Count == 0)
            return (null, Refusals.CartEmpty());

        var products = await pricing.FindAsync(lines.Select(line => line.Sku), cancellationToken);
        if (products is null)
            return (null, Refusals.PricesUnknown());

        var cart = CartView.Of(cartId, lines, products);
        if (cart.Lines.Any(line => line.Problem is not null))
            return (null, Refusals.NotBuyable(cart.Lines.Where(line => line.Problem is not null)));
        if (cart.Problem is CartProblems.MixedCurrencies)
            return (null, Refusals.MixedCurrencies());

        // Nobody pays another price than they were told: either no price has changed, or they say which total they have seen.
        if (expectedTotal is { } expected ? expected != cart.Total : cart.PricesChanged)
            return (null, Refusals.PriceChanged(cart.Lines.Where(line => line.PriceBefore is not null), cart.Total!.Value));

        return (new FixedCheckout(
            OrderIds.For(cartId, key),
            fingerprint,
            [.. cart.Lines.Select(line => new OrderLine(line.Sku, line.Name!, line.Quantity, line.UnitPrice!.Value))],
            cart.Total!.Value,
            time.GetUtcNow()), null);
    }
}

internal abstract record CheckoutAnswer
{
    public sealed record Submitted(Guid OrderId) : CheckoutAnswer;

    public sealed record Refused(ProblemHttpResult Problem) : CheckoutAnswer;
}
