using Microsoft.Extensions.Options;

namespace Shop.Catalog.Data;

internal static class CatalogDataExtensions
{
    /// <summary>Adds the database. An empty one gets the demo products, after the migrations.</summary>
    public static void AddCatalogData(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<CatalogOptions>().BindConfiguration(CatalogOptions.Section);
        builder.AddPostgres<CatalogDbContext>("catalogdb", async (services, cancellationToken) =>
        {
            var db = services.GetRequiredService<CatalogDbContext>();
            var addDemoProducts = services.GetRequiredService<IOptions<CatalogOptions>>().Value.DemoProducts
                ?? !builder.Environment.IsProduction();
            var log = services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(CatalogSeed));
            await CatalogSeed.RunAsync(db, addDemoProducts, log, cancellationToken);
        });
    }
}
