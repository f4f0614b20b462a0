using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Shop.Orders.Data.Migrations
{
    /// <inheritdoc />
    public partial class InitialCreate : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "orders",
                columns: table => new
                {
                    order_id = table.Column<Guid>(type: "uuid", nullable: false),
                    cart_id = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    journey = table.Column<string>(type: "character varying(1100)", maxLength: 1100, nullable: true),
                    status = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    reason = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true),
                    submitted_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    changed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false),
                    recipient = table.Column<byte[]>(type: "bytea", nullable: false),
                    recipient_key = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    total_amount = table.Column<long>(type: "bigint", nullable: false),
                    total_currency = table.Column<string>(type: "character(3)", fixedLength: true, maxLength: 3, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_orders", x => x.order_id);
                    table.CheckConstraint("orders_reason", "status not in ('Rejected', 'Cancelled', 'Refunded') or reason is not null");
                    table.CheckConstraint("orders_status", "status in ('Submitted', 'StockReserved', 'Paid', 'Confirmed', 'Rejected', 'Cancelled', 'Refunded')");
                    table.CheckConstraint("orders_total", "total_amount >= 0 and total_currency ~ '^[A-Z]{3}$'");
                });

            migrationBuilder.CreateTable(
                name: "received_webhooks",
                columns: table => new
                {
                    signature = table.Column<byte[]>(type: "bytea", nullable: false),
                    order_id = table.Column<Guid>(type: "uuid", nullable: false),
                    received_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_received_webhooks", x => x.signature);
                });

            migrationBuilder.CreateTable(
                name: "simulated_payments",
                columns: table => new
                {
                    order_id = table.Column<Guid>(type: "uuid", nullable: false),
                    amount = table.Column<long>(type: "bigint", nullable: false),
                    currency = table.Column<string>(type: "character(3)", fixedLength: true, maxLength: 3, nullable: false),
                    outcome = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    reason = table.Column<string>(type: "character varying(50)", maxLength: 50, nullable: true),
                    webhook_due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_simulated_payments", x => x.order_id);
                    table.CheckConstraint("simulated_payments_amount", "amount >= 0");
                    table.CheckConstraint("simulated_payments_outcome", "outcome in ('Pending', 'Accepted', 'Declined', 'Reversed')");
                });

            migrationBuilder.CreateTable(
                name: "order_changes",
                columns: table => new
                {
                    order_id = table.Column<Guid>(type: "uuid", nullable: false),
                    status = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    reason = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_order_changes", x => new { x.order_id, x.status });
                    table.CheckConstraint("order_changes_status", "status in ('Submitted', 'StockReserved', 'Paid', 'Confirmed', 'Rejected', 'Cancelled', 'Refunded')");
                    table.ForeignKey(
                        name: "FK_order_changes_orders_order_id",
                        column: x => x.order_id,
                        principalTable: "orders",
                        principalColumn: "order_id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "order_lines",
                columns: table => new
                {
                    sku = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    order_id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    quantity = table.Column<int>(type: "integer", nullable: false),
                    unit_price_amount = table.Column<long>(type: "bigint", nullable: false),
                    unit_price_currency = table.Column<string>(type: "character(3)", fixedLength: true, maxLength: 3, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_order_lines", x => new { x.order_id, x.sku });
                    table.CheckConstraint("order_lines_quantity", "quantity > 0 and unit_price_amount >= 0");
                    table.ForeignKey(
                        name: "FK_order_lines_orders_order_id",
                        column: x => x.order_id,
                        principalTable: "orders",
                        principalColumn: "order_id",
                        onDelete: ReferentialAction.Cascade);
                });

            // Added by hand: EF Core 10 cannot configure an index on a property of a complex type (https://github.com/dotnet/efcore/issues/31246).
            migrationBuilder.CreateIndex(
                name: "orders_by_recipient_key",
                table: "orders",
                columns: new[] { "recipient_key", "order_id" });

            migrationBuilder.CreateIndex(
                name: "orders_by_age",
                table: "orders",
                columns: new[] { "submitted_at", "order_id" });

            migrationBuilder.CreateIndex(
                name: "orders_by_cart_and_age",
                table: "orders",
                columns: new[] { "cart_id", "submitted_at", "order_id" });

            migrationBuilder.CreateIndex(
                name: "orders_by_status_and_age",
                table: "orders",
                columns: new[] { "status", "submitted_at", "order_id" });

            migrationBuilder.CreateIndex(
                name: "orders_due",
                table: "orders",
                column: "due_at",
                filter: "due_at is not null");

            migrationBuilder.CreateIndex(
                name: "received_webhooks_by_age",
                table: "received_webhooks",
                column: "received_at");

            migrationBuilder.CreateIndex(
                name: "simulated_payments_webhook_due",
                table: "simulated_payments",
                column: "webhook_due_at",
                filter: "webhook_due_at is not null");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "order_changes");

            migrationBuilder.DropTable(
                name: "order_lines");

            migrationBuilder.DropTable(
                name: "received_webhooks");

            migrationBuilder.DropTable(
                name: "simulated_payments");

            migrationBuilder.DropTable(
                name: "orders");
        }
    }
}
