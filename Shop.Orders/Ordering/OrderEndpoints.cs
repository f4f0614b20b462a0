using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Shop.Contracts.Catalog.V1;
using Shop.Orders.Storage;
using Money = Shop.Contracts.Money;

namespace Shop.Orders.Ordering;

internal static class OrderEndpoints
{
    public static void AddOrdering(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddServiceGrpcClient<Catalog.CatalogClient>("catalog");
        builder.Services.AddScoped<CarryingOutOrder>();
        builder.AddJourneyMetrics<OrderMetrics>();
    }

    public static void MapOrders(this IEndpointRouteBuilder routes)
    {
        var orders = routes.MapGroup("/api/v1/orders").WithTags("Orders");
        orders.MapGet("/{orderId}", GetOrder);
    }

    private static async Task<Results<Ok<OrderView>, NotFound>> GetOrder(Guid orderId, OrdersDb db, CancellationToken cancellationToken) =>
        await db.Orders.AsNoTracking().SingleOrDefaultAsync(order => order.OrderId == orderId, cancellationToken) is { } order
            ? TypedResults.Ok(new OrderView(
                order.OrderId, order.Status.ToString(), order.Reason,
                order.Lines.OrderBy(line => line.Sku, StringComparer.Ordinal).Select(line => new OrderLineView(line.Sku, line.Name, line.Quantity, line.UnitPrice)),
                order.Total, order.SubmittedAt, order.ChangedAt))
            : TypedResults.NotFound();
}

/// <summary>An order as its buyer sees it. Who gets it is not shown: the id alone does not prove who asks.</summary>
/// <param name="OrderId">As checkout gave it.</param>
/// <param name="Status">Submitted, StockReserved, Paid, Confirmed, Rejected, Cancelled or Refunded.</param>
/// <param name="Reason">Why, for the last three: out_of_stock, payment_declined, or what was given.</param>
/// <param name="Lines">What was bought.</param>
/// <param name="Total">What it costs, in minor units.</param>
/// <param name="SubmittedAt">When it was bought.</param>
/// <param name="ChangedAt">Since when it has this status.</param>
public sealed record OrderView(
    Guid OrderId, string Status, string? Reason, IEnumerable<OrderLineView> Lines, Money Total, DateTimeOffset SubmittedAt, DateTimeOffset ChangedAt);

public sealed record OrderLineView(string Sku, string Name, int Quantity, Money UnitPrice);
