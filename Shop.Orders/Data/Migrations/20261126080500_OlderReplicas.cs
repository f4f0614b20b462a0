using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Shop.Orders.Data.Migrations
{
    /// <inheritdoc />
    public partial class OlderReplicas : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropCheckConstraint(
                name: "orders_due",
                table: "orders");

            // Added by hand: replicas of an older version write unfinished orders without a due time, and it would send their messages to the
            // error queue to refuse them. They get one instead. It is longer than all redeliveries of a message.
            migrationBuilder.Sql(
                """
                create function set_order_due_at() returns trigger language plpgsql as $$
                begin
                    new.due_at := now() + interval '30 minutes';
                    return new;
                end $$;
                create trigger orders_set_due_at before insert or update on orders for each row
                when (new.due_at is null and new.status in ('Submitted', 'StockReserved', 'Paid'))
                execute function set_order_due_at();
                """);

            // A replica of an older version does not know the column and emits the events itself.
            migrationBuilder.AlterColumn<DateTimeOffset>(
                name: "emitted_at",
                table: "order_changes",
                type: "timestamp with time zone",
                nullable: true,
                defaultValueSql: "now()",
                oldClrType: typeof(DateTimeOffset),
                oldType: "timestamp with time zone",
                oldNullable: true);

            migrationBuilder.CreateTable(
                name: "recipient_erasures",
                columns: table => new
                {
                    order_id = table.Column<Guid>(type: "uuid", nullable: false),
                    requested_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_recipient_erasures", x => x.order_id);
                });

            // Added by hand: the hash of a checkout goes with its recipient.
            migrationBuilder.Sql("update orders set content_hash = null where recipient is null and content_hash is not null;");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "recipient_erasures");

            migrationBuilder.AlterColumn<DateTimeOffset>(
                name: "emitted_at",
                table: "order_changes",
                type: "timestamp with time zone",
                nullable: true,
                oldClrType: typeof(DateTimeOffset),
                oldType: "timestamp with time zone",
                oldNullable: true,
                oldDefaultValueSql: "now()");

            migrationBuilder.Sql("drop trigger orders_set_due_at on orders; drop function set_order_due_at();");

            migrationBuilder.AddCheckConstraint(
                name: "orders_due",
                table: "orders",
                sql: "status not in ('Submitted', 'StockReserved', 'Paid') or due_at is not null");
        }
    }
}
