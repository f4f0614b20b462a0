using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Shop.Orders.Data.Migrations
{
    /// <inheritdoc />
    public partial class OrderFollowUps : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "orders_by_age",
                table: "orders");

            migrationBuilder.DropIndex(
                name: "orders_by_cart_and_age",
                table: "orders");

            migrationBuilder.DropIndex(
                name: "orders_by_status_and_age",
                table: "orders");

            migrationBuilder.AddColumn<int>(
                name: "webhook_attempts",
                table: "simulated_payments",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<int>(
                name: "attempts",
                table: "orders",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "content_hash",
                table: "orders",
                type: "character varying(128)",
                maxLength: 128,
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "stored_at",
                table: "orders",
                type: "timestamp with time zone",
                nullable: false,
                defaultValueSql: "now()");

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "emitted_at",
                table: "order_changes",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "sequence",
                table: "order_changes",
                type: "integer",
                nullable: false,
                computedColumnSql: "case status when 'Submitted' then 1 when 'StockReserved' then 2 when 'Paid' then 3 when 'Confirmed' then 4 when 'Rejected' then 5 when 'Cancelled' then 6 when 'Refunded' then 7 end",
                stored: true);

            // Added by hand: existing orders get a follow-up, and their events are not emitted again.
            migrationBuilder.Sql(
                """
                update orders set stored_at = submitted_at;
                update orders set due_at = now() + interval '30 minutes'
                where due_at is null and status in ('Submitted', 'StockReserved', 'Paid');
                update order_changes set emitted_at = at;
                """);

            migrationBuilder.CreateIndex(
                name: "orders_by_age",
                table: "orders",
                columns: new[] { "stored_at", "order_id" });

            migrationBuilder.CreateIndex(
                name: "orders_by_cart_and_age",
                table: "orders",
                columns: new[] { "cart_id", "stored_at", "order_id" });

            migrationBuilder.CreateIndex(
                name: "orders_by_status_and_age",
                table: "orders",
                columns: new[] { "status", "stored_at", "order_id" });

            migrationBuilder.AddCheckConstraint(
                name: "orders_due",
                table: "orders",
                sql: "status not in ('Submitted', 'StockReserved', 'Paid') or due_at is not null");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "orders_by_age",
                table: "orders");

            migrationBuilder.DropIndex(
                name: "orders_by_cart_and_age",
                table: "orders");

            migrationBuilder.DropIndex(
                name: "orders_by_status_and_age",
                table: "orders");

            migrationBuilder.DropCheckConstraint(
                name: "orders_due",
                table: "orders");

            migrationBuilder.DropColumn(
                name: "sequence",
                table: "order_changes");

            migrationBuilder.DropColumn(
                name: "webhook_attempts",
                table: "simulated_payments");

            migrationBuilder.DropColumn(
                name: "attempts",
                table: "orders");

            migrationBuilder.DropColumn(
                name: "content_hash",
                table: "orders");

            migrationBuilder.DropColumn(
                name: "stored_at",
                table: "orders");

            migrationBuilder.DropColumn(
                name: "emitted_at",
                table: "order_changes");

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
        }
    }
}
