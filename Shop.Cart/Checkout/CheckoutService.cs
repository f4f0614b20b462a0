using Microsoft.AspNetCore.Http.HttpResults;
using Shop.Cart.Carts;
using Shop.Contracts;
using Shop.Contracts.Events;
using Shop.Contracts.Journeys;
using Shop.Contracts.Messages;
using Shop.Messaging;
using Shop.Telemetry.Events;
using Shop.Telemetry.Journeys;
using Shop.Web.Problems;

namespace Shop.Cart.Checkout;

/// <summary>
/// Checks out a cart, once for each idempotency key. The order is stored in Redis before it is published, and a request succeeds only after
/// the broker has confirmed the message. A client that receives no response repeats the request, which publishes the same order again, or
/// returns it if it was published.
/// </summary>
internal sealed class CheckoutService(
    CartStore carts,
    CheckoutStore checkouts,
    ReplaceCheckout replaceCheckout,
    OrdersClient orders,
    ProductLookup products,
    IMessagePublisher publisher,
    TimeProvider time,
    JourneyEvents events)
{
    // A cart that changes this often during one request is being changed by something else than a customer.
    private const int MaxAttempts = 3;

    /// <param name="cartId">The cart.</param>
    /// <param name="idempotencyKey">The idempotency key.</param>
    /// <param name="request">The body of the request.</param>
    /// <param name="customerId">The subject of the member who checks out; null for a guest.</param>
    /// <param name="cancellationToken">Cancels the checkout.</param>
    /// <exception cref="BrokerUnavailableException">The broker did not confirm the message in time.</exception>
    public async Task<CheckoutResult> CheckOutAsync(
        string cartId, string idempotencyKey, CheckoutRequest request, string? customerId, CancellationToken cancellationToken)
    {
        var content = new CheckoutContent(cartId, idempotencyKey, request);
        var orderId = OrderIds.For(cartId, idempotencyKey);

        for (var attempt = 1; ; attempt++)
        {
            // The reads are pipelined: most requests are the first with their key, and then need the cart. A checkout that is in progress
            // is read before the checkout itself, since both are stored at once: it is another one if the latter is not found.
            var findInProgress = checkouts.FindInProgressAsync(cartId, cancellationToken);
            var find = checkouts.FindAsync(cartId, idempotencyKey, cancellationToken);
            var lines = await carts.ReadAsync(cartId, cancellationToken);
            var inProgress = await findInProgress;
            if (await find is { } checkout)
            {
                return await ContinueAsync(
                    cartId, idempotencyKey, checkout, content, lines, request, customerId, isNew: false, cancellationToken);
            }

            // Its visitor has signed in since the first request with this key, and the cart of that request was merged into this one.
            if (inProgress is not null
                && inProgress.CartId != cartId
                && OrderIds.For(inProgress.CartId, idempotencyKey) == inProgress.OrderId
                && await checkouts.FindAsync(inProgress.CartId, idempotencyKey, cancellationToken) is { } merged
                && new CheckoutContent(inProgress.CartId, idempotencyKey, request) is var mergedContent
                && !mergedContent.DiffersFrom(merged.ContentHash, merged.Order?.Lines, lines))
            {
                return await ContinueAsync(
                    inProgress.CartId, idempotencyKey, merged, mergedContent, lines, request, customerId, isNew: false, cancellationToken);
            }

            // Redis does not know the key, or has lost it: only Orders knows whether it was used before.
            var known = orders.FindAsync(orderId, cancellationToken);
            if (inProgress is not null || request.Replaces is not null)
            {
                if (await known is OrderLookup.Found)
                {
                    return ReturnStoredOrder(cartId, content, await known, lines, customerId);
                }

                if (inProgress is not null && inProgress.OrderId != request.Replaces)
                {
                    if (await replaceCheckout.EndIfOverAsync(cartId, inProgress, cancellationToken) is { } notOver)
                    {
                        return new CheckoutResult.Rejected(notOver);
                    }

                    lines = await carts.ReadAsync(cartId, cancellationToken);
                }
            }

            ReplacedOrder? replaced = null;
            if (request.Replaces is { } replacedId)
            {
                if (replacedId == orderId)
                {
                    return new CheckoutResult.Invalid(
                        ProblemResults.InvalidField("replaces", "Must be the order of another Idempotency-Key."));
                }

                switch (await replaceCheckout.FindReplacedOrderAsync(cartId, replacedId, inProgress, cancellationToken))
                {
                    case FindReplacedOrderResult.NotReplaceable(var problem):
                        return new CheckoutResult.Rejected(problem);
                    case FindReplacedOrderResult.Found(var order):
                        replaced = order;
                        break;
                }
            }

            var found = await products.ReadForCheckoutAsync(lines.Select(line => line.Sku), cancellationToken);
            if (await known is OrderLookup.Found)
            {
                return ReturnStoredOrder(cartId, content, await known, lines, customerId);
            }

            var cart = CartView.Of(cartId, lines, AddHeldUnits(found, replaced));
            if (FindRejection(cart, lines, request) is { } rejected)
            {
                return rejected;
            }

            var snapshot = CreateOrder(cart, customerId);
            checkout = new CheckoutRecord(
                orderId, content.HashWith(snapshot.Lines), snapshot, customerId is null ? null : content.HashCustomer(customerId));
            if (CheckoutRules.FindError(CreateMessage(cartId, checkout, snapshot, request)) is { } error)
            {
                return new CheckoutResult.Rejected(CartProblems.InvalidOrder(error));
            }

            // Last, and only if the cart is still the one that can be checked out, so that a request that is rejected leaves the order as
            // it is.
            var isChanged = replaced is not null && !lines.SequenceEqual(await carts.ReadAsync(cartId, cancellationToken));
            if (replaced is not null && !isChanged
                && await replaceCheckout.CancelReplacedOrderAsync(cartId, replaced, cancellationToken) is { } notCancelled)
            {
                return new CheckoutResult.Rejected(notCancelled);
            }

            switch (isChanged
                ? new AddCheckoutResult.CartChanged()
                : await checkouts.AddAsync(cartId, idempotencyKey, checkout, lines, cancellationToken))
            {
                // Of concurrent requests with this key, the first one stores its order and the others continue with the stored one.
                case AddCheckoutResult.Stored(var stored):
                    return await ContinueAsync(
                        cartId, idempotencyKey, stored, content, lines, request, customerId, isNew: true, cancellationToken);
                case AddCheckoutResult.OtherInProgress(var otherId):
                    return new CheckoutResult.Rejected(CartProblems.CheckoutInProgress(otherId));

                // The lines were read before another checkout of the cart ended, or the customer has changed them: start over.
                case AddCheckoutResult.CartChanged when attempt < MaxAttempts:
                    continue;
                case AddCheckoutResult.CartChanged:
                    return new CheckoutResult.Rejected(CartProblems.CartChanged());
                case var unexpected:
                    throw new InvalidOperationException($"Unexpected result {unexpected}.");
            }
        }
    }

    private async Task<CheckoutResult> ContinueAsync(
        string cartId,
        string idempotencyKey,
        CheckoutRecord checkout,
        CheckoutContent content,
        IReadOnlyList<CartLine> lines,
        CheckoutRequest request,
        string? customerId,
        bool isNew,
        CancellationToken cancellationToken)
    {
        var customerHash = customerId is null ? null : content.HashCustomer(customerId);
        var differs = content.DiffersFrom(checkout.ContentHash, checkout.Order?.Lines, lines);
        if (!differs && customerHash is not null && checkout is { CustomerHash: null, Order: { } guestOrder })
        {
            checkout = await checkouts.SetCustomerAsync(
                cartId, idempotencyKey, customerHash, guestOrder with { CustomerId = customerId }, cancellationToken) ?? checkout;
        }

        // The same person may have signed in or out since the first request; another member is another person.
        if (differs || (customerHash is not null && checkout.CustomerHash is { } stored && stored != customerHash))
        {
            return new CheckoutResult.Rejected(CartProblems.IdempotencyKeyReused(checkout.OrderId));
        }

        if (checkout.Order is not { } unpublished)
        {
            return CreateRepeatedResult(cartId, checkout.OrderId);
        }

        if (!isNew)
        {
            await checkouts.SetPublishingAsync(cartId, checkout.OrderId, time.GetUtcNow(), cancellationToken);
        }

        return await PublishAsync(cartId, idempotencyKey, checkout, unpublished, request, cancellationToken);
    }

    private async Task<CheckoutResult> PublishAsync(
        string cartId,
        string idempotencyKey,
        CheckoutRecord checkout,
        CheckoutSnapshot order,
        CheckoutRequest request,
        CancellationToken cancellationToken)
    {
        var (orderId, total, totalQuantity) = (checkout.OrderId, order.Total, order.Lines.Sum(line => line.Quantity));
        JourneyContext.Set(ShopJourneyKeys.CartItemCount, totalQuantity);
        await publisher.PublishAsync(CreateMessage(cartId, checkout, order, request), orderId, cancellationToken);

        // Only one of concurrent or repeated requests is counted.
        if (!await checkouts.SetPublishedAsync(cartId, idempotencyKey, orderId, cancellationToken))
        {
            return CreateRepeatedResult(cartId, orderId);
        }

        events.Emit(new CartEvents.CheckoutSubmitted(cartId, orderId, order.Lines.Count, totalQuantity, total.Amount, total.Currency));
        return new CheckoutResult.Accepted(orderId);
    }

    // The order that Orders has stored, which Redis does not know.
    private CheckoutResult ReturnStoredOrder(
        string cartId, CheckoutContent content, OrderLookup known, IReadOnlyList<CartLine> lines, string? customerId)
    {
        var order = ((OrderLookup.Found)known).Order;
        return content.DiffersFrom(order.ContentHash, order.Lines, lines)
            || (customerId is not null && order.CustomerId is { } stored && stored != customerId)
            ? new CheckoutResult.Rejected(CartProblems.IdempotencyKeyReused(order.OrderId))
            : CreateRepeatedResult(cartId, order.OrderId);
    }

    private CheckoutResult.Accepted CreateRepeatedResult(string cartId, Guid orderId)
    {
        events.Emit(new CartEvents.CheckoutRepeated(cartId, orderId));
        return new CheckoutResult.Accepted(orderId);
    }

    // The new order gets what the replaced one holds.
    private static IReadOnlyDictionary<string, CartProduct>? AddHeldUnits(
        IReadOnlyDictionary<string, CartProduct>? found, ReplacedOrder? replaced)
    {
        if (found is null || replaced is null)
        {
            return found;
        }

        var products = new Dictionary<string, CartProduct>(found);
        foreach (var line in replaced.HeldLines)
        {
            if (products.GetValueOrDefault(line.Sku) is { } product)
            {
                products[line.Sku] = product with { Available = product.Available + line.Quantity };
            }
        }

        return products;
    }

    // Returns null if the cart can be checked out as requested.
    private static CheckoutResult? FindRejection(CartView cart, IReadOnlyList<CartLine> lines, CheckoutRequest request)
    {
        if (lines.Count == 0)
        {
            return new CheckoutResult.Rejected(CartProblems.CartEmpty());
        }

        if (!cart.PricesConfirmed)
        {
            return new CheckoutResult.Rejected(CartProblems.PricesUnavailable());
        }

        if (cart.Lines.Any(line => line.Problem is not null))
        {
            return new CheckoutResult.Rejected(CartProblems.LinesUnavailable(cart.Lines.Where(line => line.Problem is not null)));
        }

        if (cart.Problem is ProblemCodes.MixedCurrencies)
        {
            return new CheckoutResult.Rejected(CartProblems.MixedCurrencies());
        }

        // The customer is never charged a price that was not shown: either the current price of each line was shown when it was set, or the
        // request contains the current total.
        var total = cart.Total!.Value;
        if (request.ExpectedTotal is { } expected ? expected != total : cart.PricesChanged)
        {
            var changed = cart.Lines.Zip(lines).Where(pair => pair.First.UnitPrice != pair.Second.Price).Select(pair => pair.First);
            return new CheckoutResult.Rejected(CartProblems.PriceChanged(changed, total));
        }

        return request.Payment is null && total.Amount > 0
            ? new CheckoutResult.Invalid(ProblemResults.InvalidField("payment", "Required unless the total is 0."))
            : null;
    }

    private CheckoutSnapshot CreateOrder(CartView cart, string? customerId) => new(
        [.. cart.Lines.Select(line => new OrderLine(line.Sku, line.Name!, line.Quantity, line.UnitPrice!.Value))],
        cart.Total!.Value,
        time.GetUtcNow(),
        customerId);

    private static CheckoutSubmitted CreateMessage(
        string cartId, CheckoutRecord checkout, CheckoutSnapshot order, CheckoutRequest request) => new(
        checkout.OrderId,
        cartId,
        order.Lines,
        order.Total,
        request.Recipient,
        request.Payment,
        order.SubmittedAt,
        checkout.ContentHash,
        order.CustomerId);
}

/// <summary>Result of <see cref="CheckoutService.CheckOutAsync"/>.</summary>
internal abstract record CheckoutResult
{
    /// <summary>The broker has confirmed the order, for this request or an earlier one with the same content.</summary>
    public sealed record Accepted(Guid OrderId) : CheckoutResult;

    /// <summary>The cart cannot be checked out as requested. Nothing was published.</summary>
    public sealed record Rejected(ProblemHttpResult Problem) : CheckoutResult;

    /// <summary>A field of the request is invalid for this cart. Nothing was published.</summary>
    public sealed record Invalid(ValidationProblem Problem) : CheckoutResult;
}
