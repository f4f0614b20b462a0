using System.ComponentModel.DataAnnotations;
using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Shop.Cart.Carts;
using Shop.Contracts;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;
using Shop.Web.Authentication;
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
        builder.Services.AddServiceHttpClient<OrdersClient>("orders");
        builder.Services.AddScoped<ReplaceCheckout>();
        builder.Services.AddScoped<CheckoutService>();
    }

    public static void MapCheckout(this IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/carts/{cartId}/checkout", CheckOut).WithName("checkOut").WithTags("Checkout")
        .RequireAuthorization(AuthorizationPolicies.MemberOrGuest)
        .WithExample(_example)
        .ProducesProblem(Status409Conflict).ProducesProblem(Status422UnprocessableEntity);

    [EndpointSummary("Checks out a cart")]
    [EndpointDescription(
        "Returns 202 when the message broker has stored the order. Location is the URL of the order, which is processed asynchronously: "
        + "it is 404 until the order is stored, usually within a second. "
        + "A 4xx response means that the request ordered nothing. After a 5xx response or a timeout, retry with the same Idempotency-Key "
        + "and body: an Idempotency-Key creates at most one order, and returns it for at least 90 days. With another body, or when the "
        + "cart contains other lines, the response is 422 with the id of the order. "
        + "With a bearer token of a member, the order is in the list of the member's orders; without one, it is that of a guest. "
        + "A repeated request may add the token or leave it out. With the token of another member, it is 422 as well. "
        + "While an order of the cart is in progress, another Idempotency-Key returns 409 checkout_in_progress with the id of that order.")]
    private static async Task<Results<Accepted<CheckoutAccepted>, ValidationProblem, ProblemHttpResult>> CheckOut(
        [RegularExpression(OrderLimits.CartIdPattern)] string cartId,
        [FromHeader(Name = IdempotencyKey.Header), Required] string? idempotencyKey,
        CheckoutRequest request,
        CheckoutService checkouts,
        JourneyEvents events,
        IOptions<CartOptions> options,
        ClaimsPrincipal user,
        HttpContext http,
        CancellationToken cancellationToken)
    {
        if (!IdempotencyKey.TryValidate(idempotencyKey, out var invalidKey))
        {
            return invalidKey;
        }

        switch (await checkouts.CheckOutAsync(cartId, idempotencyKey, request, user.GetMemberId(), cancellationToken))
        {
            case CheckoutResult.Accepted(var orderId):
                // An order is usually stored within a second.
                http.Response.Headers.RetryAfter = "1";
                return TypedResults.Accepted(
                    $"{options.Value.OrdersPublicUrl?.TrimEnd('/')}/api/v1/orders/{orderId}", new CheckoutAccepted(orderId));
            case CheckoutResult.Invalid(var problem):
                return problem;
            case CheckoutResult.Rejected(var problem):
                events.Emit(new CartEvents.CheckoutRejected(cartId, (string)problem.ProblemDetails.Extensions["code"]!));
                return problem;
            case var unexpected:
                throw new InvalidOperationException($"Unexpected checkout result {unexpected}.");
        }
    }
}

/// <param name="Recipient">The person that the order is shipped to.</param>
/// <param name="Payment">The card that the order is paid with. Required unless the total is 0.</param>
/// <param name="ExpectedTotal">
/// Total shown to the customer. Required if pricesChanged of the cart is true; 409 if it is not the current total.
/// </param>
/// <param name="Replaces">
/// Id of an order of this cart that is not paid yet. It is cancelled, and what it holds in stock is available to this order.
/// </param>
public sealed record CheckoutRequest(
    [Required] Recipient Recipient, PaymentCard? Payment = null, [Currency] Money? ExpectedTotal = null, Guid? Replaces = null);

/// <param name="OrderId">Order identifier. The order can be read at the URL in Location once it is stored, usually within a second.</param>
public sealed record CheckoutAccepted(Guid OrderId);
