using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Shop.Orders.Recipients;

/// <summary>A key that has encrypted recipients, and the fingerprint of its secret.</summary>
internal sealed class RecipientKey
{
    public required string KeyId { get; init; }

    public required string Fingerprint { get; init; }
}

internal sealed class RecipientKeyConfiguration : IEntityTypeConfiguration<RecipientKey>
{
    public void Configure(EntityTypeBuilder<RecipientKey> key)
    {
        key.ToTable("recipient_keys");
        key.HasKey(k => k.KeyId);
        key.Property(k => k.KeyId).HasColumnName("key_id").HasMaxLength(32);
        key.Property(k => k.Fingerprint).HasColumnName("fingerprint").HasMaxLength(32);
    }
}
