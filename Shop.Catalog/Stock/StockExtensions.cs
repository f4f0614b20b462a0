using Microsoft.Extensions.Options;

namespace Shop.Catalog.Stock;

internal static class StockExtensions
{
    public static void AddStock(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddOptions<StockOptions>().BindConfiguration(StockOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<StockOptions>, StockOptionsValidator>();
        builder.Services.AddScoped<ReservingStock>();
        builder.Services.AddScoped<CommittingStock>();
        builder.Services.AddScoped<ReleasingStock>();
        builder.Services.AddScoped<AdjustingStock>();
        builder.Services.AddHostedService<ExpiringStock>();
        builder.AddJourneyEventListener<CatalogMetrics>();
    }
}
