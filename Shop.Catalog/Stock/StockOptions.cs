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

    /// <summary>Interval at which each replica releases expired reservations, from 100 milliseconds to 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan ExpirationCheckInterval { get; set; } = TimeSpan.FromSeconds(5);
}

[OptionsValidator]
internal sealed partial class StockOptionsValidator : IValidateOptions<StockOptions>;
