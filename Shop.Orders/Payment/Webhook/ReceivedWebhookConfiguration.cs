using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Shop.Orders.Payment.Webhook;

internal sealed class ReceivedWebhookConfiguration : IEntityTypeConfiguration<ReceivedWebhook>
{
    public void Configure(EntityTypeBuilder<ReceivedWebhook> webhook)
    {
        webhook.ToTable("received_webhooks");
        webhook.HasKey(w => w.Signature);
        webhook.Property(w => w.Signature).HasColumnName("signature");
        webhook.Property(w => w.OrderId).HasColumnName("order_id");
        webhook.Property(w => w.ReceivedAt).HasColumnName("received_at");
        webhook.HasIndex(w => w.ReceivedAt).HasDatabaseName("received_webhooks_by_age");
    }
}
