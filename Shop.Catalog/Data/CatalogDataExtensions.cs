using Microsoft.Extensions.Options;
using Shop.Catalog.Products;

namespace Shop.Catalog.Data;

internal static class CatalogDataExtensions
{
    /// <summary>Adds the database. At each start, after the migrations, demo products and the search index are completed.</summary>
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
            await SearchIndexUpdate.RunAsync(db, cancellationToken);
        });
    }
}
