using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Shop.Insights.Data.Migrations
{
    /// <inheritdoc />
    [DbContext(typeof(InsightsDbContext))]
    [Migration("20261126183000_CreateEvents")]
    public partial class CreateEvents : Migration
    {
        // Partitions are created by the service, one for each day.
        private const string Table =
            """
            CREATE TABLE events (
                time timestamp with time zone NOT NULL,
                event_id uuid NOT NULL,
                sequence bigint NOT NULL,
                -- Milliseconds and sequence in one number, which orders the events of a unit.
                position bigint NOT NULL,
                name text COLLATE "C" NOT NULL,
                service text COLLATE "C" NOT NULL,
                session_id text COLLATE "C",
                journey_id text COLLATE "C",
                request_id text COLLATE "C",
                trace_id text COLLATE "C",
                span_id text COLLATE "C",
                segment text COLLATE "C",
                experiment text COLLATE "C",
                variant text COLLATE "C",
                source text COLLATE "C",
                device text COLLATE "C",
                synthetic boolean NOT NULL,
                page_path text COLLATE "C",
                page_from text COLLATE "C",
                sku text COLLATE "C",
                order_id text COLLATE "C",
                properties jsonb NOT NULL,
                CONSTRAINT pk_events PRIMARY KEY (event_id, time)
            ) PARTITION BY RANGE (time);
            """;

        // One row: how current the figures are.
        private const string State =
            """
            CREATE TABLE event_state (
                id smallint PRIMARY KEY CHECK (id = 1),
                newest_time timestamp with time zone NOT NULL,
                stored_at timestamp with time zone NOT NULL
            );
            """;

        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(Table);
            migrationBuilder.Sql(State);
            // Funnels read the events of some names in a range of time, and nothing else of the row.
            migrationBuilder.Sql(
                """
                CREATE INDEX ix_events_name_time ON events (name, time)
                    INCLUDE (position, session_id, synthetic, segment, experiment, variant, source, device);
                """);
            migrationBuilder.Sql("CREATE INDEX ix_events_session ON events (session_id, time) WHERE session_id IS NOT NULL;");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "event_state");
            migrationBuilder.DropTable(name: "events");
        }
    }
}
