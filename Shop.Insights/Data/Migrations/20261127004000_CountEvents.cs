using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Shop.Insights.Data.Migrations
{
    /// <inheritdoc />
    [DbContext(typeof(InsightsDbContext))]
    [Migration("20261127004000_CountEvents")]
    public partial class CountEvents : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // Counted as events arrive, in the transaction that stores them. The events that are stored already are counted here.
            migrationBuilder.Sql(
                """
                CREATE TABLE event_counts (
                    hour timestamp with time zone NOT NULL,
                    service text COLLATE "C" NOT NULL,
                    name text COLLATE "C" NOT NULL,
                    count bigint NOT NULL,
                    PRIMARY KEY (hour, service, name)
                );
                LOCK TABLE events IN SHARE MODE;
                INSERT INTO event_counts (hour, service, name, count)
                SELECT date_trunc('hour', time, 'UTC'), service, name, count(*) FROM events GROUP BY 1, 2, 3;
                """);
            migrationBuilder.Sql(
                """
                CREATE TABLE day_comparisons (
                    day date PRIMARY KEY,
                    checked_at timestamp with time zone NOT NULL,
                    live bigint NOT NULL,
                    recomputed bigint NOT NULL,
                    difference bigint NOT NULL,
                    allowed double precision NOT NULL,
                    differences jsonb NOT NULL
                );
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "day_comparisons");
            migrationBuilder.DropTable(name: "event_counts");
        }
    }
}
