using Microsoft.EntityFrameworkCore;

namespace Shop.Insights.Data;

/// <summary>
/// The database of this service. It has no entities: rows are written by COPY and read by SQL. The context brings the migrations and the
/// pooled connections.
/// </summary>
internal sealed class InsightsDbContext(DbContextOptions<InsightsDbContext> options) : DbContext(options);
