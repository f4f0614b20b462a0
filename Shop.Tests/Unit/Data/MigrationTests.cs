using Microsoft.EntityFrameworkCore;
using Shop.Catalog.Data;
using Shop.Identity.Data;
//#if (withInsights)
using Shop.Insights.Data;
//#endif
using Shop.Orders.Data;

namespace Shop.Tests.Unit.Data;

public class MigrationTests
{
    [Fact]
    public void Migrations_create_the_model_of_the_code()
    {
        using var orders = new OrdersDbContext(new DbContextOptionsBuilder<OrdersDbContext>().UseNpgsql().Options);
        using var catalog = new CatalogDbContext(new DbContextOptionsBuilder<CatalogDbContext>().UseNpgsql().Options);
        using var identity = new IdentityDbContext(new DbContextOptionsBuilder<IdentityDbContext>().UseNpgsql().Options);
        Assert.False(orders.Database.HasPendingModelChanges());
        Assert.False(catalog.Database.HasPendingModelChanges());
        Assert.False(identity.Database.HasPendingModelChanges());
        //#if (withInsights)
        using var insights = new InsightsDbContext(new DbContextOptionsBuilder<InsightsDbContext>().UseNpgsql().Options);
        Assert.False(insights.Database.HasPendingModelChanges());
        //#endif
    }
}
