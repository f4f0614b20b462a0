using Microsoft.EntityFrameworkCore.Infrastructure;
using Shop.Catalog.Products;

namespace Shop.Catalog.Data;

internal static class CatalogDataExtensions
{
    /// <summary>Adds the database. At each start, after the migrations, demo products and the search index are completed.</summary>
    public static void AddCatalogData(this IHostApplicationBuilder builder)
    {
        var settings = builder.Configuration.GetSection(CatalogOptions.Section).Get<CatalogOptions>() ?? new();
        var addDemoProducts = settings.DemoProducts ?? !builder.Environment.IsProduction();
        builder.AddPostgres<CatalogDbContext>("catalogdb", options => options.UseAsyncSeeding(async (db, _, cancellationToken) =>
        {
            var log = db.GetService<ILoggerFactory>().CreateLogger(typeof(CatalogSeed));
            await CatalogSeed.RunAsync((CatalogDbContext)db, addDemoProducts, log, cancellationToken);
            await SearchIndexUpdate.RunAsync((CatalogDbContext)db, cancellationToken);
        }));
    }
}
