using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Shop.Catalog.Stock;

internal sealed class StockOptions
{
    public const string Section = "Stock";

    /// <summary>How long an order may hold pieces before it is paid. Longer than a customer may take to confirm a payment (<c>Orders:ActionLimit</c>).</summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan HoldFor { get; set; } = TimeSpan.FromMinutes(20);

    /// <summary>How often each replica looks for holds that have expired.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan SweepEvery { get; set; } = TimeSpan.FromSeconds(5);
}

[OptionsValidator]
internal sealed partial class StockOptionsValidator : IValidateOptions<StockOptions>;
