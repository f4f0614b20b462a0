using Microsoft.Extensions.Options;

namespace Shop.Catalog.Stock;

internal static class StockExtensions
{
    public static void AddStock(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddOptions<StockOptions>().BindConfiguration(StockOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<StockOptions>, StockOptionsValidator>();
        builder.Services.AddScoped<ReserveStock>();
        builder.Services.AddScoped<CommitStock>();
        builder.Services.AddScoped<ReleaseStock>();
        builder.Services.AddScoped<AdjustStock>();
        builder.Services.AddHostedService<ExpiredReservationWorker>();
        builder.AddJourneyEventListener<CatalogMetrics>();
    }
}
