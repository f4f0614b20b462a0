using MassTransit;
using Microsoft.EntityFrameworkCore;
using Shop.Catalog.Storage;
using Shop.Contracts.Events;
using Shop.Contracts.Messages;
using Shop.ServiceDefaults.Events;

namespace Shop.Catalog.Stock;

/// <summary>Gives back what a rejected order held.</summary>
internal sealed class ReleasingStock(CatalogDb db, TimeProvider time, JourneyEvents events)
{
    public Task ReleaseAsync(Guid orderId, string reason, CancellationToken cancellationToken) =>
        db.Database.CreateExecutionStrategy().ExecuteAsync(async () =>
        {
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);

            // An order that holds nothing is marked too: its request may still be on the way, and must find the door closed.
            var released = await db.Database.ExecuteSqlAsync(
                $"""
                 insert into reservations (order_id, state, changed_at) values ({orderId}, {nameof(ReservationState.Released)}, {time.GetUtcNow()})
                 on conflict (order_id) do update set state = excluded.state, changed_at = excluded.changed_at
                 where reservations.state = {nameof(ReservationState.Held)}
                 """, cancellationToken);
            if (released == 0)
                return;

            var lines = await db.ReservationLines.AsNoTracking().Where(line => line.OrderId == orderId)
                .OrderBy(line => line.Sku).ToListAsync(cancellationToken);
            foreach (var line in lines)
            {
                await db.Stock.Where(item => item.Sku == line.Sku)
                    .ExecuteUpdateAsync(set => set.SetProperty(item => item.Reserved, item => item.Reserved - line.Quantity), cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
            events.Write(new CatalogEvents.StockReleased(orderId, reason));
        });
}

internal sealed class OrderRejectedConsumer(ReleasingStock stock) : IConsumer<OrderRejected>
{
    public Task Consume(ConsumeContext<OrderRejected> context) =>
        stock.ReleaseAsync(context.Message.OrderId, context.Message.Reason, context.CancellationToken);
}
