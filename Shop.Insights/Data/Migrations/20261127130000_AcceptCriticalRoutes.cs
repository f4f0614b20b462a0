using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Shop.Insights.Data.Migrations
{
    /// <inheritdoc />
    [DbContext(typeof(InsightsDbContext))]
    [Migration("20261127130000_AcceptCriticalRoutes")]
    public partial class AcceptCriticalRoutes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                CREATE TABLE accepted_critical_routes (
                    id uuid PRIMARY KEY,
                    name text COLLATE "C" NOT NULL,
                    page text COLLATE "C",
                    event text COLLATE "C",
                    accepted_at timestamp with time zone NOT NULL,
                    accepted_by text NOT NULL,
                    withdrawn_at timestamp with time zone,
                    withdrawn_by text,
                    CHECK ((page IS NULL) <> (event IS NULL)),
                    CHECK ((withdrawn_at IS NULL) = (withdrawn_by IS NULL))
                );
                CREATE UNIQUE INDEX ix_accepted_critical_routes_name ON accepted_critical_routes (lower(name)) WHERE withdrawn_at IS NULL;
                CREATE INDEX ix_accepted_critical_routes_withdrawn ON accepted_critical_routes (withdrawn_at);
                """);
            migrationBuilder.Sql(
                """
                CREATE TABLE accepted_critical_routes_state (
                    id smallint PRIMARY KEY CHECK (id = 1),
                    version bigint NOT NULL
                );
                INSERT INTO accepted_critical_routes_state (id, version) VALUES (1, 0);
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "accepted_critical_routes_state");
            migrationBuilder.DropTable(name: "accepted_critical_routes");
        }
    }
}
