namespace Shop.Catalog.Stock;

internal static class StockExtensions
{
    public static void AddStock(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddScoped<ReservingStock>();
        builder.Services.AddScoped<ReleasingStock>();
        builder.AddJourneyMetrics<CatalogMetrics>();
    }
}
