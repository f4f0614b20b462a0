using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Shop.Contracts;
using Shop.Orders.Ordering;
using Shop.Orders.Payment.CallBack;
using Shop.Orders.Payment.Simulator;
using Shop.Telemetry.Journeys;

namespace Shop.Orders.Storage;

internal sealed class OrdersDb(DbContextOptions<OrdersDb> options) : DbContext(options)
{
    private const string OrderId = nameof(Order.OrderId);

    public DbSet<Order> Orders => Set<Order>();
    public DbSet<OrderChange> Changes => Set<OrderChange>();
    public DbSet<ReceivedCallBack> ReceivedCallBacks => Set<ReceivedCallBack>();
    public DbSet<SimulatedPayment> SimulatedPayments => Set<SimulatedPayment>();

    protected override void OnModelCreating(ModelBuilder model)
    {
        model.Entity<Order>(order =>
        {
            order.ToTable("orders", table =>
            {
                table.HasCheckConstraint("orders_total", "total_amount >= 0 and total_currency ~ '^[A-Z]{3}$'");
                table.HasCheckConstraint("orders_status", OneOf<OrderStatus>("status"));
                table.HasCheckConstraint("orders_reason", "status not in ('Rejected', 'Cancelled', 'Refunded') or reason is not null");
            });
            order.HasKey(o => o.OrderId);
            order.Property(o => o.OrderId).HasColumnName("order_id").ValueGeneratedNever();
            order.Property(o => o.CartId).HasColumnName("cart_id").HasMaxLength(64);
            order.Property(o => o.Status).HasColumnName("status").HasMaxLength(16).HasConversion<string>();
            order.Property(o => o.Reason).HasColumnName("reason").HasMaxLength(200);
            order.Property(o => o.SubmittedAt).HasColumnName("submitted_at");
            order.Property(o => o.ChangedAt).HasColumnName("changed_at");
            order.Property(o => o.DueAt).HasColumnName("due_at");
            order.Property(o => o.Journey).HasColumnName("journey").HasMaxLength(JourneySnapshot.MaxLength);
            order.ComplexProperty(o => o.Total, total => total.HasMoneyColumns("total"));
            // All personal data of an order in one value: one to encrypt, one to erase.
            order.ComplexProperty(o => o.Recipient, recipient =>
            {
                recipient.Property(r => r.KeyId).HasColumnName("recipient_key").HasMaxLength(32);
                recipient.Property(r => r.Data).HasColumnName("recipient");
            });
            // Two consumers of the same order: the slower one is told, and looks again.
            order.Property<uint>("Version").IsRowVersion();

            order.HasIndex(o => new { o.SubmittedAt, o.OrderId }).HasDatabaseName("orders_by_age");
            order.HasIndex(o => new { o.Status, o.SubmittedAt, o.OrderId }).HasDatabaseName("orders_by_status_and_age");
            order.HasIndex(o => new { o.CartId, o.SubmittedAt, o.OrderId }).HasDatabaseName("orders_by_cart_and_age");
            // Of all orders there ever were it holds those few that wait.
            order.HasIndex(o => o.DueAt).HasFilter("due_at is not null").HasDatabaseName("orders_due");

            order.HasMany(o => o.Lines).WithOne().HasForeignKey(OrderId);
            order.Navigation(o => o.Lines).AutoInclude();
            order.HasMany(o => o.Changes).WithOne().HasForeignKey(change => change.OrderId);
        });

        model.Entity<Order.Line>(line =>
        {
            line.ToTable("order_lines", table => table.HasCheckConstraint("order_lines_quantity", "quantity > 0 and unit_price_amount >= 0"));
            line.HasKey(OrderId, nameof(Order.Line.Sku));
            line.Property<Guid>(OrderId).HasColumnName("order_id");
            line.Property(l => l.Sku).HasColumnName("sku").HasMaxLength(32);
            line.Property(l => l.Name).HasColumnName("name").HasMaxLength(100);
            line.Property(l => l.Quantity).HasColumnName("quantity");
            line.ComplexProperty(l => l.UnitPrice, price => price.HasMoneyColumns("unit_price"));
        });

        model.Entity<OrderChange>(change =>
        {
            change.ToTable("order_changes", table => table.HasCheckConstraint("order_changes_status", OneOf<OrderStatus>("status")));
            change.HasKey(c => new { c.OrderId, c.Status });
            change.Property(c => c.OrderId).HasColumnName("order_id");
            change.Property(c => c.Status).HasColumnName("status").HasMaxLength(16).HasConversion<string>();
            change.Property(c => c.Reason).HasColumnName("reason").HasMaxLength(200);
            change.Property(c => c.At).HasColumnName("at");
        });

        model.Entity<ReceivedCallBack>(callBack =>
        {
            callBack.ToTable("received_call_backs");
            callBack.HasKey(c => c.Signature);
            callBack.Property(c => c.Signature).HasColumnName("signature");
            callBack.Property(c => c.OrderId).HasColumnName("order_id");
            callBack.Property(c => c.At).HasColumnName("at");
            callBack.HasIndex(c => c.At).HasDatabaseName("received_call_backs_by_age");
        });

        // The provider's, not ours: nothing here refers to an order, and it goes when a real provider comes.
        model.Entity<SimulatedPayment>(payment =>
        {
            payment.ToTable("simulated_payments", table =>
            {
                table.HasCheckConstraint("simulated_payments_amount", "amount >= 0");
                table.HasCheckConstraint("simulated_payments_outcome", OneOf<PaymentOutcome>("outcome"));
            });
            payment.HasKey(p => p.OrderId);
            payment.Property(p => p.OrderId).HasColumnName("order_id").ValueGeneratedNever();
            payment.Property(p => p.Amount).HasColumnName("amount");
            payment.Property(p => p.Currency).HasColumnName("currency").HasMaxLength(3).IsFixedLength();
            payment.Property(p => p.Outcome).HasColumnName("outcome").HasMaxLength(16).HasConversion<string>();
            payment.Property(p => p.Reason).HasColumnName("reason").HasMaxLength(50);
            payment.Property(p => p.CallBackAt).HasColumnName("call_back_at");
            payment.Property(p => p.At).HasColumnName("at");
            payment.HasIndex(p => p.CallBackAt).HasFilter("call_back_at is not null").HasDatabaseName("simulated_payments_to_tell");
        });
    }

    private static string OneOf<TEnum>(string column) where TEnum : struct, Enum => $"{column} in ('{string.Join("', '", Enum.GetNames<TEnum>())}')";
}

file static class MoneyColumns
{
    public static void HasMoneyColumns(this ComplexPropertyBuilder<Money> money, string name)
    {
        money.Property(m => m.Amount).HasColumnName($"{name}_amount");
        money.Property(m => m.Currency).HasColumnName($"{name}_currency").HasMaxLength(3).IsFixedLength();
    }
}
