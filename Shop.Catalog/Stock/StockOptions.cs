using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Catalog.Stock;

/// <summary>Settings of stock reservations.</summary>
internal sealed class StockOptions
{
    /// <summary>The configuration section of these options.</summary>
    public const string Section = "Stock";

    /// <summary>
    /// Time after which a reservation expires unless it is committed, from 1 second to 7 days. It must be longer than the time that a
    /// customer has to confirm a payment.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan ReservationTimeout { get; set; } = TimeSpan.FromMinutes(20);

    /// <summary>
    /// Interval at which each replica looks for the time at which the next reservation expires, from 100 milliseconds to 1 hour. It
    /// releases the reservation at that time. Where <c>Stock:ReservationTimeout</c> is shorter, that is the interval.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan ExpirationCheckInterval { get; set; } = TimeSpan.FromMinutes(1);

    // A reservation expires at least this long after it was made, so every replica knows the time before it is reached.
    internal TimeSpan MaxCheckInterval => ExpirationCheckInterval < ReservationTimeout ? ExpirationCheckInterval : ReservationTimeout;
}

[OptionsValidator]
internal sealed partial class StockOptionsValidator : IValidateOptions<StockOptions>;
