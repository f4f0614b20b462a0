using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Shop.Insights.Data.Migrations
{
    /// <inheritdoc />
    [DbContext(typeof(InsightsDbContext))]
    [Migration("20261127003000_CountIntake")]
    public partial class CountIntake : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // What arrived on each day (UTC), at all replicas.
            migrationBuilder.Sql(
                """
                CREATE TABLE event_intake (
                    day date PRIMARY KEY,
                    stored bigint NOT NULL,
                    duplicates bigint NOT NULL,
                    too_old bigint NOT NULL,
                    future bigint NOT NULL,
                    lag_sum_ms bigint NOT NULL,
                    lag_max_ms bigint NOT NULL
                );
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "event_intake");
        }
    }
}
