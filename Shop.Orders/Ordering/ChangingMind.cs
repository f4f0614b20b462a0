using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Shop.Contracts.Events;
using Shop.Orders.Storage;
using Shop.Telemetry.Events;
using Shop.Telemetry.Journeys;

namespace Shop.Orders.Ordering;

/// <summary>
/// Cancels an order before money moved, or refunds it after it was confirmed. The new status is stored first; paying back and telling
/// everybody follow right away, or later if this process does not get there.
/// </summary>
internal sealed class ChangingMind(OrdersDb db, FinishingOrder finishing, TimeProvider time, JourneyEvents events)
{
    // Somebody else changed the order at the same moment; more often than this is no coincidence.
    private const int MostAttempts = 5;

    public Task<ChangeAnswer> CancelAsync(Guid orderId, string reason, CancellationToken cancellationToken) =>
        ChangeAsync(orderId, OrderStatus.Cancelled, [OrderStatus.Submitted, OrderStatus.StockReserved], order => order.Cancel(reason, time.GetUtcNow()), cancellationToken);

    // A paid order is a moment away from being confirmed or refunded by the shop itself; until then its stock is in the balance.
    public Task<ChangeAnswer> RefundAsync(Guid orderId, string reason, CancellationToken cancellationToken) =>
        ChangeAsync(orderId, OrderStatus.Refunded, [OrderStatus.Confirmed], order => order.Refund(reason, time.GetUtcNow()), cancellationToken);

    private async Task<ChangeAnswer> ChangeAsync(Guid orderId, OrderStatus to, OrderStatus[] from, Action<Order> change, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await db.Orders.SingleOrDefaultAsync(order => order.OrderId == orderId, cancellationToken) is not { } order)
                return new ChangeAnswer.UnknownOrder();
            JourneySnapshot.Restore(order.Journey);
            if (order.Status == to)
                return new ChangeAnswer.Changed(order); // by an earlier request like this one
            if (!from.Contains(order.Status))
                return new ChangeAnswer.TooLate(order.Status);

            change(order);
            order.LookAgainAt(finishing.Grace(time.GetUtcNow()));
            try
            {
                await db.SaveChangesAsync(cancellationToken);
            }
            catch (DbUpdateException exception) when (exception.IsConflict() && attempt < MostAttempts)
            {
                db.ChangeTracker.Clear();
                continue;
            }

            events.Emit(to is OrderStatus.Cancelled
                ? new OrderEvents.Cancelled(orderId, order.CartId, order.Reason!)
                : new OrderEvents.Refunded(orderId, order.CartId, order.Total.Amount, order.Total.Currency, order.Reason!));
            await finishing.TryFinishAsync(order, cancellationToken);
            return new ChangeAnswer.Changed(order);
        }
    }
}

internal abstract record ChangeAnswer
{
    public sealed record Changed(Order Order) : ChangeAnswer;

    public sealed record UnknownOrder : ChangeAnswer;

    /// <summary>Too late, or too early.</summary>
    public sealed record TooLate(OrderStatus Status) : ChangeAnswer;
}

internal static class ChangingMindEndpoints
{
    public static void MapChangingMind(this IEndpointRouteBuilder orders)
    {
        var order = orders.MapGroup("/{orderId:guid}");
        order.MapPost("/cancel", CancelOrder).WithName("cancelOrder")
            .WithSummary("Cancels an order that is not paid yet")
            .WithDescription("Gives its stock back. Asking again changes nothing and answers the same.")
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
        order.MapPost("/refund", RefundOrder).WithName("refundOrder")
            .WithSummary("Pays a confirmed order back")
            .WithDescription("The whole amount. The goods are not put back into stock: what comes back is booked as an adjustment. Asking again changes nothing and answers the same.")
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static async Task<Results<Ok<OrderChanged>, ProblemHttpResult, ValidationProblem>> CancelOrder(
        Guid orderId, ChangeRequest request, ChangingMind mind, CancellationToken cancellationToken) =>
        Answer(orderId, await mind.CancelAsync(orderId, request.Reason, cancellationToken), "not_cancellable");

    private static async Task<Results<Ok<OrderChanged>, ProblemHttpResult, ValidationProblem>> RefundOrder(
        Guid orderId, ChangeRequest request, ChangingMind mind, CancellationToken cancellationToken) =>
        Answer(orderId, await mind.RefundAsync(orderId, request.Reason, cancellationToken), "not_refundable");

    private static Results<Ok<OrderChanged>, ProblemHttpResult, ValidationProblem> Answer(Guid orderId, ChangeAnswer answer, string refusal) => answer switch
    {
        ChangeAnswer.Changed({ } order) => TypedResults.Ok(new OrderChanged(order.OrderId, order.Status.ToString(), order.Reason, order.ChangedAt)),
        ChangeAnswer.UnknownOrder => Refusals.UnknownOrder(orderId),
        ChangeAnswer.TooLate(var status) => Refusals.NotNow(refusal, status),
        var unknown => throw new InvalidOperationException($"No reply for {unknown}."),
    };
}

/// <param name="Reason">Why, as a word that programs may compare, changed_mind say. It is logged and passed on, so it says nothing about anybody.</param>
public sealed record ChangeRequest([Required, RegularExpression("^[a-z][a-z0-9_]{0,49}$")] string Reason);

/// <param name="OrderId">The order.</param>
/// <param name="Status">Where it is now.</param>
/// <param name="Reason">Why.</param>
/// <param name="ChangedAt">Since when.</param>
public sealed record OrderChanged(Guid OrderId, string Status, string? Reason, DateTimeOffset ChangedAt);
