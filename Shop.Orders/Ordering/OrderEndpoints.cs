using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Shop.Contracts.Catalog.V1;
using Shop.Orders.Storage;
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
        builder.Services.AddOptions<OrderingOptions>().BindConfiguration(OrderingOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<OrderingOptions>, OrderingOptionsValidator>();
        builder.Services.AddServiceGrpcClient<Catalog.CatalogClient>("catalog");
        builder.Services.MapToServiceUnavailable<DbUpdateConcurrencyException>();
        builder.Services.AddScoped<CarryingOutOrder>();
        builder.Services.AddScoped<FinishingOrder>();
        builder.Services.AddScoped<ChangingMind>();
        builder.Services.AddHostedService<RevisitingOrders>();
        builder.AddJourneyEventListener<OrderMetrics>();
    }

    public static void MapOrders(this IEndpointRouteBuilder routes)
    {
        var orders = routes.MapGroup("/api/v1/orders").WithTags("Orders");
        orders.MapGet("", ListOrders).WithName("listOrders")
            .WithSummary("Lists orders, the newest first")
            .WithDescription("Nothing here asks who wants to know: an ingress passes this on to the shop's own people alone.");
        orders.MapGet("/{orderId:guid}", GetOrder).WithName("getOrder")
            .WithSummary("One order, with all that happened to it")
            .WithDescription("The ETag changes with the order; send it as If-None-Match while you wait for its end.")
            .Produces(StatusCodes.Status304NotModified)
            .ProducesProblem(StatusCodes.Status404NotFound);
        orders.MapChangingMind();
    }

    private static async Task<Results<Ok<OrderPage>, ValidationProblem>> ListOrders(
        OrdersDb db,
        CancellationToken cancellationToken,
        [RegularExpression(StatusPattern)] string? status = null,
        [RegularExpression("^[A-Za-z0-9_-]{1,64}$")] string? cartId = null,
        [Range(1, 100)] int limit = 20,
        [Description("'next' of the page before.")] string? after = null)
    {
        Cursor? cursor = null;
        if (after is not null)
        {
            if (!Cursor.TryParse(after, out var parsed))
                return ProblemResults.InvalidField("after", "Not a cursor of this list. Use 'next' of the page before.");
            cursor = parsed;
        }

        return TypedResults.Ok(await db.ListAsync(
            Enum.TryParse<OrderStatus>(status, out var wanted) ? wanted : null, string.IsNullOrEmpty(cartId) ? null : cartId, cursor, limit, cancellationToken));
    }

    private static async Task<Results<Ok<OrderView>, StatusCodeHttpResult, ProblemHttpResult>> GetOrder(
        Guid orderId, OrdersDb db, HttpContext http, CancellationToken cancellationToken)
    {
        if (await db.Orders.AsNoTracking().SingleOrDefaultAsync(order => order.OrderId == orderId, cancellationToken) is not { } order)
            return Refusals.UnknownOrder(orderId);

        // An order is never twice in the same status, so that is what there is to know.
        if (http.MatchesIfNoneMatch($"\"{order.Status}\""))
            return TypedResults.StatusCode(StatusCodes.Status304NotModified);

        var changes = await db.Changes.AsNoTracking().Where(change => change.OrderId == orderId).OrderBy(change => change.At).ThenBy(change => change.Status)
            .Select(change => new OrderChangeView(change.Status.ToString(), change.Reason, change.At)).ToListAsync(cancellationToken);
        return TypedResults.Ok(new OrderView(
            order.OrderId, order.Status.ToString(), order.Reason,
            order.Lines.OrderBy(line => line.Sku, StringComparer.Ordinal).Select(line => new OrderLineView(line.Sku, line.Name, line.Quantity, line.UnitPrice)),
            order.Total, order.SubmittedAt, order.ChangedAt, changes));
    }
}

/// <param name="Items">The orders of this page.</param>
/// <param name="Next">What to pass as <c>after</c> for the next page; null on the last one.</param>
public sealed record OrderPage(IReadOnlyList<OrderSummary> Items, string? Next);

/// <param name="OrderId">As checkout gave it.</param>
/// <param name="CartId">The cart that was bought.</param>
/// <param name="Status">Submitted, StockReserved, Paid, Confirmed, Rejected, Cancelled or Refunded.</param>
/// <param name="Reason">Why, for the last three.</param>
/// <param name="Total">What it costs, in minor units.</param>
/// <param name="SubmittedAt">When it was bought.</param>
/// <param name="ChangedAt">Since when it has this status.</param>
public sealed record OrderSummary(
    Guid OrderId, string CartId, string Status, string? Reason, Money Total, DateTimeOffset SubmittedAt, DateTimeOffset ChangedAt);

/// <summary>An order as its buyer sees it. Who gets it is not shown: the id alone does not prove who asks.</summary>
/// <param name="OrderId">As checkout gave it.</param>
/// <param name="Status">Submitted, StockReserved, Paid, Confirmed, Rejected, Cancelled or Refunded.</param>
/// <param name="Reason">Why, for the last three: out_of_stock, payment_declined, or what was given.</param>
/// <param name="Lines">What was bought.</param>
/// <param name="Total">What it costs, in minor units.</param>
/// <param name="SubmittedAt">When it was bought.</param>
/// <param name="ChangedAt">Since when it has this status.</param>
/// <param name="Changes">Every status that it came into, the first one first.</param>
public sealed record OrderView(
    Guid OrderId, string Status, string? Reason, IEnumerable<OrderLineView> Lines, Money Total, DateTimeOffset SubmittedAt, DateTimeOffset ChangedAt,
    IReadOnlyList<OrderChangeView> Changes);

public sealed record OrderLineView(string Sku, string Name, int Quantity, Money UnitPrice);

public sealed record OrderChangeView(string Status, string? Reason, DateTimeOffset At);
