using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Shop.Contracts;
using Shop.Contracts.Catalog.V1;
using Shop.Orders.Data;
using Shop.Telemetry.Events;
using Shop.Web.Authentication;
using Shop.Web.Http;
using Shop.Web.Problems;
using Money = Shop.Contracts.Money;

namespace Shop.Orders.Ordering;

internal static class OrderEndpoints
{
    private const string StatusPattern = "^(Submitted|StockReserved|Paid|Confirmed|Rejected|Cancelled|Refunded)$";

    public static void AddOrdering(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddOptionsWithValidateOnStart<OrderingOptions, OrderingOptionsValidator>()
            .BindConfiguration(OrderingOptions.Section);
        builder.Services.AddSingleton<IValidateOptions<OrderingOptions>, OrderingTimesValidator>();
        builder.Services.AddServiceGrpcClient<Catalog.CatalogClient>("catalog");
        builder.Services.MapToServiceUnavailable<DbUpdateConcurrencyException>();
        builder.Services.AddScoped<OrderStore>();
        builder.Services.AddScoped<OrderProcessor>();
        builder.Services.AddScoped<OrderCompletion>();
        builder.Services.AddScoped<CancelOrder>();
        builder.Services.AddScoped<RefundOrder>();
        builder.Services.AddHostedService<OverdueOrderWorker>();
        builder.Services.AddHealthChecks().AddCheck<OverdueOrderHealthCheck>(OverdueOrderHealthCheck.Name, HealthStatus.Degraded);
        builder.Services.AddSingleton<OrderMetrics>();
        builder.Services.AddSingleton<IJourneyEventListener>(services => services.GetRequiredService<OrderMetrics>());
        builder.Services.AddHostedService(services => services.GetRequiredService<OrderMetrics>());
    }

    public static void MapOrders(this IEndpointRouteBuilder routes)
    {
        // No route is empty: a group adds a slash to it, and the route of the spans, metrics and logs would be "/api/v1/orders/".
        var orders = routes.MapGroup("/api/v1").WithTags("Orders").AllowAnonymous();

        var order = orders.MapGroup("").ProducesProblem(StatusCodes.Status404NotFound);
        order.MapGet("/orders/{orderId:guid}", GetOrder).WithName("getOrder").Produces(StatusCodes.Status304NotModified);
        order.MapPost("/orders/{orderId:guid}/cancel", CancelOrder).WithName("cancelOrder").ProducesProblem(StatusCodes.Status409Conflict);

        routes.MapGet("/api/v1/orders", ListOwnOrders).WithName("listOwnOrders").WithTags("Orders")
            .RequireAuthorization(AuthorizationPolicies.Member);

        var admin = routes.MapGroup("/api/v1/admin").WithTags("Admin").RequireAuthorization(AuthorizationPolicies.Staff);
        admin.MapGet("/orders", ListOrders).WithName("listOrders");
        admin.MapPost("/orders/{orderId:guid}/refund", RefundOrder).WithName("refundOrder")
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);

        routes.MapGet(StoredCheckout.Route, GetCheckout)
            .RequireAuthorization(AuthorizationPolicies.Service)
            .ExcludeFromDescription();
    }

    [EndpointSummary("Lists orders, newest first")]
    private static async Task<Results<Ok<OrderPage>, ValidationProblem>> ListOrders(
        OrdersDbContext db,
        CancellationToken cancellationToken,
        [Description("Only orders with this status."), RegularExpression(StatusPattern)] string? status = null,
        [Description("Only orders of this cart."), RegularExpression(OrderLimits.CartIdPattern)] string? cartId = null,
        [Description("Only orders of this member: the subject of its tokens."), RegularExpression(OrderLimits.CustomerIdPattern)]
        string? customerId = null,
        [Description("Maximum number of orders to return."), Range(1, 100)] int limit = 20,
        [Description("Cursor: the value of 'next' of the previous page.")] string? after = null)
    {
        if (!TryParseCursor(after, out var cursor, out var invalidCursor))
        {
            return invalidCursor;
        }

        var filter = new OrderFilter(
            Enum.TryParse<OrderStatus>(status, out var parsedStatus) ? parsedStatus : null,
            string.IsNullOrEmpty(cartId) ? null : cartId,
            string.IsNullOrEmpty(customerId) ? null : customerId);
        return TypedResults.Ok(await db.ListAsync(filter, cursor, limit, cancellationToken));
    }

    [EndpointSummary("Lists the caller's own orders, newest first")]
    [EndpointDescription(
        "The orders that the member has checked out while signed in. An order that was made as a guest is in no list: read it by its id.")]
    private static async Task<Results<Ok<OwnOrderPage>, ValidationProblem>> ListOwnOrders(
        ClaimsPrincipal user,
        OrdersDbContext db,
        CancellationToken cancellationToken,
        [Description("Maximum number of orders to return."), Range(1, 100)] int limit = 20,
        [Description("Cursor: the value of 'next' of the previous page.")] string? after = null)
    {
        if (!TryParseCursor(after, out var cursor, out var invalidCursor))
        {
            return invalidCursor;
        }

        var customerId = user.GetMemberId() ?? throw new InvalidOperationException("The policy has admitted a caller who is not a member.");
        var page = await db.ListAsync(new OrderFilter(CustomerId: customerId), cursor, limit, cancellationToken);
        return TypedResults.Ok(new OwnOrderPage(
            [.. page.Items.Select(order => new OwnOrder(
                order.OrderId, order.Status, order.Reason, order.Total, order.SubmittedAt, order.ChangedAt))],
            page.Next));
    }

    private static bool TryParseCursor(string? after, out OrderCursor? cursor, [NotNullWhen(false)] out ValidationProblem? problem)
    {
        (cursor, problem) = (null, null);
        if (after is null)
        {
            return true;
        }

        if (OrderCursor.TryParse(after, out var parsed))
        {
            cursor = parsed;
            return true;
        }

        problem = ProblemResults.InvalidField("after", "The cursor is invalid. Use the value of 'next' of the previous page.");
        return false;
    }

    [EndpointSummary("Gets an order with its history")]
    [EndpointDescription("The ETag changes with the status of the order. Send it as If-None-Match while polling for the outcome.")]
    private static async Task<Results<Ok<OrderView>, StatusCodeHttpResult, ProblemHttpResult>> GetOrder(
        Guid orderId, OrdersDbContext db, HttpContext http, CancellationToken cancellationToken)
    {
        // An order has each status at most once, so the status identifies the state of the order.
        if (http.Request.Headers.IfNoneMatch.Count > 0
            && await db.FindStatusAsync(orderId, cancellationToken) is { } status
            && http.MatchesIfNoneMatch(ETags.Create<OrderView>(status.ToString())))
        {
            return TypedResults.StatusCode(StatusCodes.Status304NotModified);
        }

        if (await db.FindViewAsync(orderId, cancellationToken) is not { } order)
        {
            return OrderProblems.UnknownOrder(orderId);
        }

        http.Response.Headers.ETag = ETags.Create<OrderView>(order.Status);
        return TypedResults.Ok(order);
    }

    // Cart calls it when Redis does not have the checkout.
    private static async Task<Results<Ok<StoredCheckout>, NoContent>> GetCheckout(
        Guid orderId, OrdersDbContext db, CancellationToken cancellationToken) =>
        await db.FindCheckoutAsync(orderId, cancellationToken) is { } checkout
            ? TypedResults.Ok(checkout)
            : TypedResults.NoContent();

    [EndpointSummary("Cancels an order that is not paid yet")]
    [EndpointDescription("Releases the reserved stock. The operation is idempotent.")]
    private static async Task<Results<Ok<OrderChanged>, ProblemHttpResult, ValidationProblem>> CancelOrder(
        Guid orderId, ChangeOrderRequest request, CancelOrder useCase, CancellationToken cancellationToken) =>
        ToHttpResult(orderId, await useCase.CancelAsync(orderId, request.Reason, cancellationToken), OrderProblems.NotCancellable);

    [EndpointSummary("Refunds a paid or confirmed order")]
    [EndpointDescription("Refunds the whole amount. The operation is idempotent. Returned goods must be booked as a stock adjustment.")]
    private static async Task<Results<Ok<OrderChanged>, ProblemHttpResult, ValidationProblem>> RefundOrder(
        Guid orderId, ChangeOrderRequest request, RefundOrder useCase, CancellationToken cancellationToken) =>
        ToHttpResult(orderId, await useCase.RefundAsync(orderId, request.Reason, cancellationToken), OrderProblems.NotRefundable);

    private static Results<Ok<OrderChanged>, ProblemHttpResult, ValidationProblem> ToHttpResult(
        Guid orderId, ChangeOrderResult result, Func<OrderStatus, ProblemHttpResult> invalidStatus) => result switch
        {
            ChangeOrderResult.Changed({ } order) =>
                TypedResults.Ok(new OrderChanged(order.OrderId, order.Status.ToString(), order.Reason, order.ChangedAt)),
            ChangeOrderResult.UnknownOrder => OrderProblems.UnknownOrder(orderId),
            ChangeOrderResult.InvalidStatus(var status) => invalidStatus(status),
            var unknown => throw new InvalidOperationException($"Unknown result {unknown}."),
        };
}

/// <summary>A page of orders.</summary>
/// <param name="Items">The orders of the page.</param>
/// <param name="Next">The cursor to send as <c>after</c> for the next page; null on the last page.</param>
public sealed record OrderPage(IReadOnlyList<OrderSummary> Items, string? Next);

/// <summary>An order in a list.</summary>
/// <param name="OrderId">The order id that the checkout returned.</param>
/// <param name="CartId">The cart that was checked out.</param>
/// <param name="CustomerId">The subject of the member who checked out; null for a guest.</param>
/// <param name="Status">Submitted, StockReserved, Paid, Confirmed, Rejected, Cancelled or Refunded.</param>
/// <param name="Reason">The reason why the order was rejected, cancelled or refunded.</param>
/// <param name="Total">The total price, in minor currency units.</param>
/// <param name="SubmittedAt">The time of the checkout.</param>
/// <param name="ChangedAt">The time of the last status change.</param>
public sealed record OrderSummary(
    Guid OrderId,
    string CartId,
    string? CustomerId,
    string Status,
    string? Reason,
    Money Total,
    DateTimeOffset SubmittedAt,
    DateTimeOffset ChangedAt);

/// <summary>A page of a member's own orders.</summary>
/// <param name="Items">The orders of the page.</param>
/// <param name="Next">The cursor to send as <c>after</c> for the next page; null on the last page.</param>
public sealed record OwnOrderPage(IReadOnlyList<OwnOrder> Items, string? Next);

/// <summary>An order in the list of its member.</summary>
/// <param name="OrderId">The order id that the checkout returned.</param>
/// <param name="Status">Submitted, StockReserved, Paid, Confirmed, Rejected, Cancelled or Refunded.</param>
/// <param name="Reason">The reason why the order was rejected, cancelled or refunded.</param>
/// <param name="Total">The total price, in minor currency units.</param>
/// <param name="SubmittedAt">The time of the checkout.</param>
/// <param name="ChangedAt">The time of the last status change.</param>
public sealed record OwnOrder(
    Guid OrderId, string Status, string? Reason, Money Total, DateTimeOffset SubmittedAt, DateTimeOffset ChangedAt);

/// <summary>An order as its customer sees it. The recipient is not included: an order id does not authenticate the caller.</summary>
/// <param name="OrderId">The order id that the checkout returned.</param>
/// <param name="Status">Submitted, StockReserved, Paid, Confirmed, Rejected, Cancelled or Refunded.</param>
/// <param name="Reason">
/// The reason why the order was rejected, cancelled or refunded: for example out_of_stock, payment_declined, or the reason of the request.
/// </param>
/// <param name="Lines">The ordered products.</param>
/// <param name="Total">The total price, in minor currency units.</param>
/// <param name="SubmittedAt">The time of the checkout.</param>
/// <param name="ChangedAt">The time of the last status change.</param>
/// <param name="Changes">All status changes, oldest first.</param>
public sealed record OrderView(
    Guid OrderId,
    string Status,
    string? Reason,
    IReadOnlyList<OrderLineView> Lines,
    Money Total,
    DateTimeOffset SubmittedAt,
    DateTimeOffset ChangedAt,
    IReadOnlyList<OrderChangeView> Changes);

/// <summary>An ordered product.</summary>
/// <param name="Sku">The SKU of the product.</param>
/// <param name="Name">The name of the product at checkout.</param>
/// <param name="Quantity">The number of units.</param>
/// <param name="UnitPrice">The price of one unit, in minor currency units.</param>
public sealed record OrderLineView(string Sku, string Name, int Quantity, Money UnitPrice);

/// <summary>A status change of an order.</summary>
/// <param name="Status">The new status.</param>
/// <param name="Reason">The reason of the change, if it has one.</param>
/// <param name="At">The time of the change.</param>
public sealed record OrderChangeView(string Status, string? Reason, DateTimeOffset At);

/// <summary>A request to cancel or to refund an order.</summary>
/// <param name="Reason">
/// A machine-readable reason, for example changed_mind. It is logged and published, so it must not contain personal data.
/// </param>
public sealed record ChangeOrderRequest([Required, RegularExpression("^[a-z][a-z0-9_]{0,49}$")] string Reason);

/// <summary>The order after a cancellation or a refund.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Status">The status of the order.</param>
/// <param name="Reason">The reason of the status.</param>
/// <param name="ChangedAt">The time of the status change.</param>
public sealed record OrderChanged(Guid OrderId, string Status, string? Reason, DateTimeOffset ChangedAt);
