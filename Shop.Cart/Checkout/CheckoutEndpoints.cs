using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Shop.Cart.Carts;
using Shop.Contracts;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;
using Shop.Web.Http;

namespace Shop.Cart.Checkout;

internal static class CheckoutEndpoints
{
    public static void AddCheckout(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<CheckoutStore>();
        builder.Services.AddScoped<CheckingOut>();
    }

    public static void MapCheckout(this IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/carts/{cartId}/checkout", CheckOut).WithName("checkOut").WithTags("Checkout")
        .WithSummary("Buys what is in a cart")
        .WithDescription("202 means that the order is safe with the broker and will be settled; Location says where. Anything else: nothing is bought, or nobody knows. Then send the same again with the same Idempotency-Key.")
        .WithExample(new CheckoutRequest(new Recipient("Ada Example", "1 Analytical Row, London", "ada@example.org"), new PaymentCard("tok_ok")))
        .ProducesProblem(StatusCodes.Status409Conflict)
        .ProducesProblem(StatusCodes.Status422UnprocessableEntity);

    private static async Task<Results<Accepted<CheckoutAccepted>, ValidationProblem, ProblemHttpResult>> CheckOut(
        [RegularExpression(CartRules.CartIdPattern)] string cartId,
        [FromHeader(Name = IdempotencyKey.Header), Required] string? idempotencyKey,
        CheckoutRequest request,
        CheckingOut checkingOut,
        JourneyEvents events,
        CancellationToken cancellationToken)
    {
        if (!IdempotencyKey.TryValidate(idempotencyKey, out var refusal))
            return refusal;

        switch (await checkingOut.CheckOutAsync(cartId, idempotencyKey, request, cancellationToken))
        {
            case CheckoutAnswer.Submitted(var orderId):
                return TypedResults.Accepted($"/api/v1/orders/{orderId}", new CheckoutAccepted(orderId));
            case CheckoutAnswer.Refused(var problem):
                events.Emit(new CartEvents.CheckoutRefused(cartId, (string)problem.ProblemDetails.Extensions["code"]!));
                return problem;
            case var unknown:
                throw new InvalidOperationException($"No reply for {unknown}.");
        }
    }
}

/// <param name="Recipient">Who gets the goods.</param>
/// <param name="Payment">Who pays.</param>
/// <param name="ExpectedTotal">The total that the customer has seen. Needed when a price has changed since its line was put in; refused with 409 when it is not the total.</param>
public sealed record CheckoutRequest([Required] Recipient Recipient, [Required] PaymentCard Payment, Money? ExpectedTotal = null);

/// <param name="OrderId">Where Location points to; the order can be read there in a moment.</param>
public sealed record CheckoutAccepted(Guid OrderId);
