using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Shop.Orders.Data;

namespace Shop.Orders.Payment.Simulator;

/// <summary>The data of the provider has no relationship to the orders, so the table can be dropped with the simulator.</summary>
internal sealed class SimulatedPaymentConfiguration : IEntityTypeConfiguration<SimulatedPayment>
{
    public void Configure(EntityTypeBuilder<SimulatedPayment> payment)
    {
        payment.ToTable("simulated_payments", table =>
        {
            table.HasCheckConstraint("simulated_payments_amount", "amount >= 0");
            table.HasEnumCheckConstraint<SimulatedPaymentOutcome>("simulated_payments_outcome", "outcome");
        });
        payment.HasKey(p => p.OrderId);
        payment.Property(p => p.OrderId).HasColumnName("order_id").ValueGeneratedNever();
        payment.Property(p => p.Amount).HasColumnName("amount");
        payment.Property(p => p.Currency).HasColumnName("currency").HasMaxLength(3).IsFixedLength();
        payment.Property(p => p.Outcome).HasColumnName("outcome").HasMaxLength(16).HasConversion<string>();
        payment.Property(p => p.Reason).HasColumnName("reason").HasMaxLength(50);
        payment.Property(p => p.WebhookDueAt).HasColumnName("webhook_due_at");
        payment.Property(p => p.WebhookAttempts).HasColumnName("webhook_attempts").HasDefaultValue(0).ValueGeneratedNever();
        payment.Property(p => p.UpdatedAt).HasColumnName("updated_at");
        payment.HasIndex(p => p.WebhookDueAt).HasFilter("webhook_due_at is not null").HasDatabaseName("simulated_payments_webhook_due");
    }
}
