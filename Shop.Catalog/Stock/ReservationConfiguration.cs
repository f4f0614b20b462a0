using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Shop.Telemetry.Journeys;

namespace Shop.Catalog.Stock;

internal sealed class ReservationConfiguration : IEntityTypeConfiguration<Reservation>
{
    public void Configure(EntityTypeBuilder<Reservation> builder)
    {
        builder.ToTable("reservations", table =>
        {
            table.HasCheckConstraint("reservations_state", $"state in ('{string.Join("', '", Enum.GetNames<ReservationState>())}')");
            table.HasCheckConstraint("reservations_expires_at", "(state = 'Reserved') = (expires_at is not null)");
        });
        builder.HasKey(reservation => reservation.OrderId);
        builder.Property(reservation => reservation.OrderId).HasColumnName("order_id").ValueGeneratedNever();
        builder.Property(reservation => reservation.State).HasColumnName("state").HasMaxLength(16).HasConversion<string>();
        builder.Property(reservation => reservation.ChangedAt).HasColumnName("changed_at");
        builder.Property(reservation => reservation.ExpiresAt).HasColumnName("expires_at");
        builder.Property(reservation => reservation.FailedExpirations).HasColumnName("failed_expirations").HasDefaultValue(0);
        builder.Property(reservation => reservation.Journey).HasColumnName("journey").HasMaxLength(JourneySnapshot.MaxLength);

        // A partial index: few of all reservations can still expire.
        builder.HasIndex(reservation => reservation.ExpiresAt).HasFilter("state = 'Reserved'").HasDatabaseName("reservations_by_expiry");
        builder.HasMany(reservation => reservation.Lines).WithOne().HasForeignKey(line => line.OrderId);
    }
}
