using Microsoft.AspNetCore.Http.HttpResults;
using Shop.Storefront.Clients;
using Shop.Storefront.Pages.Layout;
using static Shop.Storefront.Pages.Layout.FormPosts;

namespace Shop.Storefront.Pages.Orders;

/// <summary>The form that cancels an order, and the part of its page that changes while it is processed.</summary>
internal static class OrderForms
{
    public static void MapOrderForms(this IEndpointRouteBuilder routes)
    {
        routes.MapForm("/orders/{orderId:guid}/cancel", CancelAsync);
        routes.MapGet("/orders/{orderId:guid}/status", GetStatus).AllowAnonymous().ExcludeFromDescription();
    }

    private static async Task<IResult> CancelAsync(
        Guid orderId, HttpContext context, OrdersClient orders, CancellationToken cancellationToken)
    {
        var page = $"/orders/{orderId}";
        if (await context.ReadFormAsync() is null)
        {
            return SeeOther(page, ProblemTexts.FormExpired);
        }

        var cancelled = await orders.CancelAsync(orderId, cancellationToken);
        return SeeOther(page, cancelled.Problem?.Code);
    }

    // The script of the page replaces the part with this one until the order is final.
    private static async Task<IResult> GetStatus(
        Guid orderId, HttpContext context, OrdersClient orders, CancellationToken cancellationToken)
    {
        var order = await orders.FindAsync(orderId, cancellationToken);
        if (!order.Succeeded)
        {
            // An order that was just placed is not known yet. There is nothing new to show, which is no error.
            return order.Problem.IsTemporary ? TypedResults.StatusCode(StatusCodes.Status503ServiceUnavailable) : TypedResults.NoContent();
        }

        context.Response.Headers.CacheControl = "no-store";
        return new RazorComponentResult<OrderStatusView>(new Dictionary<string, object?> { [nameof(OrderStatusView.Order)] = order.Value });
    }
}
