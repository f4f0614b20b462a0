using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Shop.Contracts;
using Shop.Orders.Data;
using Shop.Telemetry.Journeys;

namespace Shop.Orders.Ordering;

internal sealed class OrderConfiguration : IEntityTypeConfiguration<Order>
{
    public void Configure(EntityTypeBuilder<Order> order)
    {
        order.ToTable("orders", table =>
        {
            table.HasCheckConstraint("orders_total", "total_amount >= 0 and total_currency ~ '^[A-Z]{3}$'");
            table.HasEnumCheckConstraint<OrderStatus>("orders_status", "status");
            table.HasCheckConstraint("orders_reason", "status not in ('Rejected', 'Cancelled', 'Refunded') or reason is not null");
        });
        order.HasKey(o => o.OrderId);
        order.Property(o => o.OrderId).HasColumnName("order_id").ValueGeneratedNever();
        order.Property(o => o.CartId).HasColumnName("cart_id").HasMaxLength(OrderLimits.MaxCartIdLength);
        order.Property(o => o.CustomerId).HasColumnName("customer_id").HasMaxLength(OrderLimits.MaxCustomerIdLength);
        order.Property(o => o.Status).HasColumnName("status").HasMaxLength(16).HasConversion<string>();
        order.Property(o => o.Reason).HasColumnName("reason").HasMaxLength(200);
        order.Property(o => o.SubmittedAt).HasColumnName("submitted_at");
        order.Property(o => o.StoredAt).HasColumnName("stored_at").HasDefaultValueSql("now()").ValueGeneratedNever();
        order.Property(o => o.ChangedAt).HasColumnName("changed_at");
        order.Property(o => o.DueAt).HasColumnName("due_at");
        order.Property(o => o.Attempts).HasColumnName("attempts").HasDefaultValue(0).ValueGeneratedNever();
        order.Property(o => o.ContentHash).HasColumnName("content_hash").HasMaxLength(ContentHash.MaxLength);
        order.Property(o => o.Journey).HasColumnName("journey").HasMaxLength(JourneySnapshot.MaxLength);
        order.Ignore(o => o.IsFree);
        order.ComplexProperty(o => o.Total, total => total.HasMoneyColumns("total"));
        // All personal data of an order is one value, so there is one value to encrypt and one to erase.
        order.ComplexProperty(o => o.Recipient, recipient =>
        {
            recipient.Property(r => r.KeyId).HasColumnName("recipient_key").HasMaxLength(32);
            recipient.Property(r => r.Data).HasColumnName("recipient");
        });
        // Optimistic concurrency: the slower of two writers gets a DbUpdateConcurrencyException.
        order.Property<uint>("Version").IsRowVersion();

        order.HasIndex(o => new { o.StoredAt, o.OrderId }).HasDatabaseName("orders_by_age");
        order.HasIndex(o => new { o.Status, o.StoredAt, o.OrderId }).HasDatabaseName("orders_by_status_and_age");
        order.HasIndex(o => new { o.CartId, o.StoredAt, o.OrderId }).HasDatabaseName("orders_by_cart_and_age");
        order.HasIndex(o => new { o.CustomerId, o.StoredAt, o.OrderId })
            .HasFilter("customer_id is not null")
            .HasDatabaseName("orders_by_customer_and_age");
        // A partial index: few orders have a follow-up.
        order.HasIndex(o => o.DueAt).HasFilter("due_at is not null").HasDatabaseName("orders_due");

        // Ended orders whose recipient is not erased, for the retention period.
        order.HasIndex(o => new { o.ChangedAt, o.OrderId })
            .HasFilter("due_at is null and recipient is not null")
            .HasDatabaseName("orders_with_recipient");

        order.HasMany(o => o.Lines).WithOne().HasForeignKey(nameof(Order.OrderId));
        order.Navigation(o => o.Lines).AutoInclude();
        order.HasMany(o => o.Changes).WithOne().HasForeignKey(change => change.OrderId);
    }
}

internal sealed class OrderLineConfiguration : IEntityTypeConfiguration<Order.Line>
{
    public void Configure(EntityTypeBuilder<Order.Line> line)
    {
        const string orderId = nameof(Order.OrderId);

        line.ToTable("order_lines", table => table.HasCheckConstraint("order_lines_quantity", "quantity > 0 and unit_price_amount >= 0"));
        line.Property<Guid>(orderId).HasColumnName("order_id");
        line.HasKey(orderId, nameof(Order.Line.Sku));
        line.Property(l => l.Sku).HasColumnName("sku").HasMaxLength(OrderLimits.MaxSkuLength);
        line.Property(l => l.Name).HasColumnName("name").HasMaxLength(OrderLimits.MaxNameLength);
        line.Property(l => l.Quantity).HasColumnName("quantity");
        line.ComplexProperty(l => l.UnitPrice, price => price.HasMoneyColumns("unit_price"));
    }
}
