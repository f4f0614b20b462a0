using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Shop.Contracts;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;
using Shop.Web.Http;
using static Microsoft.AspNetCore.Http.StatusCodes;

namespace Shop.Cart.Checkout;

internal static class CheckoutEndpoints
{
    private static readonly CheckoutRequest _example =
        new(new Recipient("Ada Example", "1 Analytical Row, London", "ada@example.org"), new PaymentCard("tok_ok"));

    public static void AddCheckout(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<CheckoutStore>();
        builder.Services.AddScoped<CheckoutService>();
    }

    public static void MapCheckout(this IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/carts/{cartId}/checkout", CheckOut).WithName("checkOut").WithTags("Checkout").AllowAnonymous()
        .WithExample(_example)
        .ProducesProblem(Status409Conflict).ProducesProblem(Status422UnprocessableEntity);

    [EndpointSummary("Checks out a cart")]
    [EndpointDescription(
        "Returns 202 when the message broker has stored the order. Location is the URL of the order, which is processed asynchronously. "
        + "A 4xx response means that the request ordered nothing. After a 5xx response or a timeout, retry with the same Idempotency-Key "
        + "and body: an Idempotency-Key creates at most one order.")]
    private static async Task<Results<Accepted<CheckoutAccepted>, ValidationProblem, ProblemHttpResult>> CheckOut(
        [RegularExpression(OrderLimits.CartIdPattern)] string cartId,
        [FromHeader(Name = IdempotencyKey.Header), Required] string? idempotencyKey,
        CheckoutRequest request,
        CheckoutService checkouts,
        JourneyEvents events,
        CancellationToken cancellationToken)
    {
        if (!IdempotencyKey.TryValidate(idempotencyKey, out var invalidKey))
        {
            return invalidKey;
        }

        switch (await checkouts.CheckOutAsync(cartId, idempotencyKey, request, cancellationToken))
        {
            case CheckoutResult.Submitted(var orderId):
                return TypedResults.Accepted($"/api/v1/orders/{orderId}", new CheckoutAccepted(orderId));
            case CheckoutResult.Rejected(var problem):
                events.Emit(new CartEvents.CheckoutRejected(cartId, (string)problem.ProblemDetails.Extensions["code"]!));
                return problem;
            case var unexpected:
                throw new InvalidOperationException($"Unexpected checkout result {unexpected}.");
        }
    }
}

/// <param name="Recipient">The person that the order is shipped to.</param>
/// <param name="Payment">The card that the order is paid with.</param>
/// <param name="ExpectedTotal">Total shown to the customer. Required if a price has changed; 409 if it is not the current total.</param>
public sealed record CheckoutRequest([Required] Recipient Recipient, [Required] PaymentCard Payment, Money? ExpectedTotal = null);

/// <param name="OrderId">Order identifier. The order can be read at the URL in Location once it is stored, usually within a second.</param>
public sealed record CheckoutAccepted(Guid OrderId);
