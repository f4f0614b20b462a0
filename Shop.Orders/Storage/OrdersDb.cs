using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Shop.Contracts;
using Shop.Orders.Ordering;

namespace Shop.Orders.Storage;

internal sealed class OrdersDb(DbContextOptions<OrdersDb> options) : DbContext(options)
{
    private const string OrderId = nameof(Order.OrderId);

    public DbSet<Order> Orders => Set<Order>();

    protected override void OnModelCreating(ModelBuilder model)
    {
        model.Entity<Order>(order =>
        {
            order.ToTable("orders", table => table.HasCheckConstraint("orders_total", "total_amount >= 0"));
            order.HasKey(o => o.OrderId);
            order.Property(o => o.OrderId).HasColumnName("order_id").ValueGeneratedNever();
            order.Property(o => o.CartId).HasColumnName("cart_id").HasMaxLength(64);
            order.Property(o => o.Status).HasColumnName("status").HasMaxLength(16).HasConversion<string>();
            order.Property(o => o.Reason).HasColumnName("reason").HasMaxLength(200);
            order.Property(o => o.SubmittedAt).HasColumnName("submitted_at");
            order.Property(o => o.ChangedAt).HasColumnName("changed_at");
            order.ComplexProperty(o => o.Total, total => total.HasMoneyColumns("total"));
            // All personal data of an order in one value: one place to encrypt, one to erase.
            order.Property(o => o.Recipient).HasColumnName("recipient").HasConversion(
                recipient => JsonSerializer.Serialize(recipient, JsonSerializerOptions.Web),
                text => JsonSerializer.Deserialize<Recipient>(text, JsonSerializerOptions.Web)!);
            // Two consumers of the same order: the slower one is told, and looks again.
            order.Property<uint>("Version").IsRowVersion();

            order.HasMany(o => o.Lines).WithOne().HasForeignKey(OrderId);
            order.Navigation(o => o.Lines).AutoInclude();
            order.HasMany(o => o.Changes).WithOne().HasForeignKey(change => change.OrderId);
        });

        model.Entity<Order.Line>(line =>
        {
            line.ToTable("order_lines", table => table.HasCheckConstraint("order_lines_quantity", "quantity > 0"));
            line.HasKey(OrderId, nameof(Order.Line.Sku));
            line.Property<Guid>(OrderId).HasColumnName("order_id");
            line.Property(l => l.Sku).HasColumnName("sku").HasMaxLength(32);
            line.Property(l => l.Name).HasColumnName("name").HasMaxLength(100);
            line.Property(l => l.Quantity).HasColumnName("quantity");
            line.ComplexProperty(l => l.UnitPrice, price => price.HasMoneyColumns("unit_price"));
        });

        model.Entity<OrderChange>(change =>
        {
            change.ToTable("order_changes");
            change.HasKey(c => new { c.OrderId, c.Status });
            change.Property(c => c.OrderId).HasColumnName("order_id");
            change.Property(c => c.Status).HasColumnName("status").HasMaxLength(16).HasConversion<string>();
            change.Property(c => c.Reason).HasColumnName("reason").HasMaxLength(200);
            change.Property(c => c.At).HasColumnName("at");
        });
    }
}

file static class MoneyColumns
{
    public static void HasMoneyColumns(this ComplexPropertyBuilder<Money> money, string name)
    {
        money.Property(m => m.Amount).HasColumnName($"{name}_amount");
        money.Property(m => m.Currency).HasColumnName($"{name}_currency").HasMaxLength(3).IsFixedLength();
    }
}
