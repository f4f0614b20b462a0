using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Shop.Insights.Data.Migrations
{
    /// <inheritdoc />
    [DbContext(typeof(InsightsDbContext))]
    [Migration("20261127001500_CreateSpans")]
    public partial class CreateSpans : Migration
    {
        // Partitions are created by the service, one for each day.
        private const string Table =
            """
            CREATE TABLE spans (
                time timestamp with time zone NOT NULL,
                trace_id text COLLATE "C" NOT NULL,
                span_id text COLLATE "C" NOT NULL,
                parent_id text COLLATE "C",
                -- In microseconds.
                duration bigint NOT NULL,
                -- As in OTLP: 2 server, 3 client, 4 producer, 5 consumer.
                kind smallint NOT NULL,
                name text COLLATE "C" NOT NULL,
                service text COLLATE "C" NOT NULL,
                peer_kind text COLLATE "C",
                peer text COLLATE "C",
                system text COLLATE "C",
                failed boolean NOT NULL,
                error_type text COLLATE "C",
                exception_type text COLLATE "C",
                http_status smallint,
                route text COLLATE "C",
                session_id text COLLATE "C",
                journey_id text COLLATE "C",
                segment text COLLATE "C",
                experiment text COLLATE "C",
                variant text COLLATE "C",
                synthetic boolean NOT NULL,
                weight double precision NOT NULL,
                CONSTRAINT pk_spans PRIMARY KEY (trace_id, span_id, time)
            ) PARTITION BY RANGE (time);
            """;

        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(Table);
            migrationBuilder.Sql("CREATE INDEX ix_spans_time ON spans (time);");
            migrationBuilder.Sql("CREATE INDEX ix_spans_session ON spans (session_id, time) WHERE session_id IS NOT NULL;");
            migrationBuilder.Sql("CREATE INDEX ix_spans_journey ON spans (journey_id, time) WHERE journey_id IS NOT NULL;");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropTable(name: "spans");
    }
}
