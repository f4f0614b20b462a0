using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Catalog.Stock;

internal sealed class StockOptions
{
    public const string Section = "Stock";

    /// <summary>
    /// Time after which a reservation expires unless it is committed. It must be longer than the time that a customer has to confirm a
    /// payment.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan ReservationTimeout { get; set; } = TimeSpan.FromMinutes(20);

    /// <summary>Interval at which each replica releases expired reservations.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan ExpirationInterval { get; set; } = TimeSpan.FromSeconds(5);
}

[OptionsValidator]
internal sealed partial class StockOptionsValidator : IValidateOptions<StockOptions>;
