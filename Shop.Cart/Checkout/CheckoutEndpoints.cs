using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Shop.Cart.Carts;
using Shop.Contracts;
using Shop.Contracts.Events;
using Shop.ServiceDefaults.Events;

namespace Shop.Cart.Checkout;

internal static partial class CheckoutEndpoints
{
    private const string KeyHeader = "Idempotency-Key";

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
        [FromHeader(Name = KeyHeader), Required] string? idempotencyKey,
        CheckoutRequest request,
        CheckingOut checkingOut,
        JourneyEvents events,
        CancellationToken cancellationToken)
    {
        // Checked here, because [Required] on a header only shows in the OpenAPI document.
        if (idempotencyKey is null || !KeyPattern().IsMatch(idempotencyKey))
            return TypedResults.ValidationProblem([new(KeyHeader, ["Needed: 1 to 128 visible ASCII characters, new for each checkout and the same for each retry of it."])]);

        switch (await checkingOut.CheckOutAsync(cartId, idempotencyKey, request, cancellationToken))
        {
            case CheckoutAnswer.Submitted(var orderId):
                return TypedResults.Accepted($"/api/v1/orders/{orderId}", new CheckoutAccepted(orderId));
            case CheckoutAnswer.Refused(var problem):
                events.Write(new CartEvents.CheckoutRefused(cartId, (string)problem.ProblemDetails.Extensions["code"]!));
                return problem;
            case var unknown:
                throw new InvalidOperationException($"No reply for {unknown}.");
        }
    }

    [GeneratedRegex("^[!-~]{1,128}$")]
    private static partial Regex KeyPattern();
}

/// <param name="Recipient">Who gets the goods.</param>
/// <param name="Payment">Who pays.</param>
/// <param name="ExpectedTotal">The total that the customer has seen. Needed when a price has changed since its line was put in; refused with 409 when it is not the total.</param>
public sealed record CheckoutRequest([Required] Recipient Recipient, [Required] PaymentCard Payment, Money? ExpectedTotal = null);

/// <param name="OrderId">Where Location points to; the order can be read there in a moment.</param>
public sealed record CheckoutAccepted(Guid OrderId);
