using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Shop.Cart.Carts;
using Shop.Contracts;

namespace Shop.Cart.Checkout;

internal static class CheckoutEndpoints
{
    public static void AddCheckout(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<CheckoutStore>();
        builder.Services.AddScoped<CheckingOut>();
    }

    public static void MapCheckout(this IEndpointRouteBuilder routes) => routes
        .MapGroup("/api/v1/carts/{cartId}").WithTags("Checkout")
        .MapPost("/checkout", CheckOut);

    private static async Task<Results<Accepted<CheckoutAccepted>, ProblemHttpResult>> CheckOut(
        [RegularExpression(CartRules.CartIdPattern)] string cartId,
        [FromHeader(Name = "Idempotency-Key"), Required, RegularExpression("^[!-~]{1,128}$")] string? idempotencyKey,
        CheckoutRequest request,
        CheckingOut checkingOut,
        ILogger<CheckingOut> log,
        CancellationToken cancellationToken)
    {
        switch (await checkingOut.CheckOutAsync(cartId, idempotencyKey!, request, cancellationToken))
        {
            case CheckoutAnswer.Submitted(var orderId):
                return TypedResults.Accepted($"/api/v1/orders/{orderId}", new CheckoutAccepted(orderId));
            case CheckoutAnswer.Refused(var problem):
                log.CheckoutRefused(cartId, (string)problem.ProblemDetails.Extensions["code"]!);
                return problem;
            case var unknown:
                throw new InvalidOperationException($"No reply for {unknown}.");
        }
    }
}

public sealed record CheckoutRequest([Required] Recipient Recipient, [Required] PaymentCard Payment);

/// <param name="OrderId">Where Location points to; the order can be read there in a moment.</param>
public sealed record CheckoutAccepted(Guid OrderId);
