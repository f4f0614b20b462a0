using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Shop.Orders.Data;

namespace Shop.Orders.Ordering;

internal sealed class OrderChangeConfiguration : IEntityTypeConfiguration<OrderChange>
{
    public void Configure(EntityTypeBuilder<OrderChange> change)
    {
        change.ToTable("order_changes", table => table.HasEnumCheckConstraint<OrderStatus>("order_changes_status", "status"));
        change.HasKey(c => new { c.OrderId, c.Status });
        change.Property(c => c.OrderId).HasColumnName("order_id");
        change.Property(c => c.Status).HasColumnName("status").HasMaxLength(16).HasConversion<string>();
        change.Property(c => c.Reason).HasColumnName("reason").HasMaxLength(200);
        change.Property(c => c.At).HasColumnName("at");
        change.Property(c => c.Sequence).HasColumnName("sequence").HasComputedColumnSql(SequenceSql, stored: true);
        // A version that does not know the column emits the events of a change itself, and the default marks them. The token keeps two
        // replicas from emitting the same events.
        change.Property(c => c.EmittedAt).HasColumnName("emitted_at").HasDefaultValueSql("now()").ValueGeneratedNever()
            .IsConcurrencyToken();
    }

    private static string SequenceSql => $"case status {string.Join(
        ' ', Enum.GetValues<OrderStatus>().Select(status => $"when '{status}' then {(int)status + 1}"))} end";
}
