using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Shop.Insights.Data.Migrations
{
    /// <inheritdoc />
    [DbContext(typeof(InsightsDbContext))]
    [Migration("20261127001500_CreateAlerts")]
    public partial class CreateAlerts : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                CREATE TABLE alerts (
                    id uuid PRIMARY KEY,
                    rule text COLLATE "C" NOT NULL,
                    -- What the rule is about: one alert of each is open at a time.
                    subject text COLLATE "C" NOT NULL,
                    state text COLLATE "C" NOT NULL,
                    severity text COLLATE "C" NOT NULL,
                    summary text NOT NULL,
                    explanation text NOT NULL,
                    threshold double precision NOT NULL,
                    resolve_below double precision NOT NULL,
                    hold interval NOT NULL,
                    value double precision NOT NULL,
                    peak double precision NOT NULL,
                    pending_at timestamp with time zone NOT NULL,
                    fired_at timestamp with time zone,
                    resolved_at timestamp with time zone,
                    trace_ids text[] NOT NULL
                );
                """);
            migrationBuilder.Sql("CREATE UNIQUE INDEX ix_alerts_open ON alerts (rule, subject) WHERE resolved_at IS NULL;");
            migrationBuilder.Sql("CREATE INDEX ix_alerts_pending_at ON alerts (pending_at);");
            // One row: up to when events were evaluated.
            migrationBuilder.Sql(
                """
                CREATE TABLE alert_state (
                    id smallint PRIMARY KEY CHECK (id = 1),
                    evaluated_until timestamp with time zone NOT NULL
                );
                """);
            migrationBuilder.Sql(
                """
                CREATE TABLE alert_notifications (
                    alert_id uuid NOT NULL REFERENCES alerts ON DELETE CASCADE,
                    channel text COLLATE "C" NOT NULL,
                    state text COLLATE "C" NOT NULL,
                    -- When it is sent next; null if it need not be sent.
                    due_at timestamp with time zone,
                    attempts integer NOT NULL DEFAULT 0,
                    sent_at timestamp with time zone,
                    error text,
                    PRIMARY KEY (alert_id, channel, state)
                );
                """);
            migrationBuilder.Sql("CREATE INDEX ix_alert_notifications_due ON alert_notifications (due_at) WHERE due_at IS NOT NULL;");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "alert_notifications");
            migrationBuilder.DropTable(name: "alert_state");
            migrationBuilder.DropTable(name: "alerts");
        }
    }
}
