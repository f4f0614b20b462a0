using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Shop.Orders.Recipients;

/// <summary>An erasure that was requested, and is repeated for some days.</summary>
internal sealed class RecipientErasure
{
    /// <summary>The order, or the checkout that never became one.</summary>
    public required Guid OrderId { get; init; }

    public required DateTimeOffset RequestedAt { get; init; }
}

internal sealed class RecipientErasureConfiguration : IEntityTypeConfiguration<RecipientErasure>
{
    public void Configure(EntityTypeBuilder<RecipientErasure> erasure)
    {
        erasure.ToTable("recipient_erasures");
        erasure.HasKey(e => e.OrderId);
        erasure.Property(e => e.OrderId).HasColumnName("order_id").ValueGeneratedNever();
        erasure.Property(e => e.RequestedAt).HasColumnName("requested_at");
    }
}
