using Microsoft.EntityFrameworkCore;
using Shop.Orders.Ordering;
using Shop.Orders.Payment.Simulator;
using Shop.Orders.Payment.Webhook;
using Shop.Orders.Recipients;

namespace Shop.Orders.Data;

/// <summary>The database of this service. The configuration of an entity is beside its class.</summary>
internal sealed class OrdersDbContext(DbContextOptions<OrdersDbContext> options) : DbContext(options)
{
    public DbSet<Order> Orders => Set<Order>();

    public DbSet<OrderChange> Changes => Set<OrderChange>();

    public DbSet<RecipientKey> RecipientKeys => Set<RecipientKey>();

    public DbSet<RecipientErasure> RecipientErasures => Set<RecipientErasure>();

    public DbSet<ReceivedWebhook> ReceivedWebhooks => Set<ReceivedWebhook>();

    public DbSet<SimulatedPayment> SimulatedPayments => Set<SimulatedPayment>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) =>
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(OrdersDbContext).Assembly);
}
