namespace Shop.Catalog.Stock;

internal static class StockExtensions
{
    public static void AddStock(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddOptionsWithValidateOnStart<StockOptions, StockOptionsValidator>().BindConfiguration(StockOptions.Section);
        builder.Services.AddScoped<ReserveStock>();
        builder.Services.AddScoped<CommitStock>();
        builder.Services.AddScoped<ReleaseStock>();
        builder.Services.AddScoped<AdjustStock>();
        builder.Services.AddHostedService<ExpiredReservationWorker>();
        builder.AddJourneyEventListener<CatalogMetrics>();
    }
}
