using System;
using Microsoft.EntityFrameworkCore.Migrations;
using NpgsqlTypes;

#nullable disable

namespace Shop.Catalog.Data.Migrations
{
    /// <inheritdoc />
    public partial class InitialCreate : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "products",
                columns: table => new
                {
                    sku = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false, collation: "C"),
                    name = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false, collation: "und-x-icu"),
                    description = table.Column<string>(type: "character varying(2000)", maxLength: 2000, nullable: false),
                    category = table.Column<string>(type: "character varying(50)", maxLength: 50, nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    version = table.Column<int>(type: "integer", nullable: false),
                    search = table.Column<NpgsqlTsVector>(type: "tsvector", nullable: true, computedColumnSql: "setweight(to_tsvector('english', name), 'A') || setweight(to_tsvector('simple', name), 'A') ||\nsetweight(to_tsvector('simple', category), 'B') ||\nsetweight(to_tsvector('english', description), 'C') || setweight(to_tsvector('simple', description), 'C')", stored: true),
                    price_amount = table.Column<long>(type: "bigint", nullable: false),
                    price_currency = table.Column<string>(type: "character(3)", fixedLength: true, maxLength: 3, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_products", x => x.sku);
                    table.CheckConstraint("products_price", "price_amount between 0 and 1000000000 and price_currency ~ '^[A-Z]{3}$'");
                    table.CheckConstraint("products_sku", "sku ~ '^[A-Za-z0-9-]{1,32}$'");
                    table.CheckConstraint("products_texts", "name ~ '\\S' and description ~ '\\S' and category ~ '\\S'");
                    table.CheckConstraint("products_version", "version > 0");
                });

            migrationBuilder.CreateTable(
                name: "reservations",
                columns: table => new
                {
                    order_id = table.Column<Guid>(type: "uuid", nullable: false),
                    state = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    changed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    journey = table.Column<string>(type: "character varying(1100)", maxLength: 1100, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_reservations", x => x.order_id);
                    table.CheckConstraint("reservations_expires_at", "(state = 'Reserved') = (expires_at is not null)");
                    table.CheckConstraint("reservations_state", "state in ('Reserved', 'Expired', 'Committed', 'Released')");
                });

            migrationBuilder.CreateTable(
                name: "stock",
                columns: table => new
                {
                    sku = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false, collation: "C"),
                    on_hand = table.Column<int>(type: "integer", nullable: false),
                    reserved = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_stock", x => x.sku);
                    table.CheckConstraint("stock_never_negative", "reserved >= 0 and reserved <= on_hand and on_hand <= 1000000000");
                    table.ForeignKey(
                        name: "FK_stock_products_sku",
                        column: x => x.sku,
                        principalTable: "products",
                        principalColumn: "sku",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "reservation_lines",
                columns: table => new
                {
                    order_id = table.Column<Guid>(type: "uuid", nullable: false),
                    sku = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false, collation: "C"),
                    quantity = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_reservation_lines", x => new { x.order_id, x.sku });
                    table.CheckConstraint("reservation_lines_quantity", "quantity > 0");
                    table.ForeignKey(
                        name: "FK_reservation_lines_reservations_order_id",
                        column: x => x.order_id,
                        principalTable: "reservations",
                        principalColumn: "order_id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_reservation_lines_stock_sku",
                        column: x => x.sku,
                        principalTable: "stock",
                        principalColumn: "sku",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "stock_adjustments",
                columns: table => new
                {
                    sku = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false, collation: "C"),
                    key = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: false),
                    delta = table.Column<int>(type: "integer", nullable: false),
                    reason = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    on_hand = table.Column<int>(type: "integer", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_stock_adjustments", x => new { x.sku, x.key });
                    table.CheckConstraint("stock_adjustments_on_hand", "on_hand >= 0");
                    table.ForeignKey(
                        name: "FK_stock_adjustments_stock_sku",
                        column: x => x.sku,
                        principalTable: "stock",
                        principalColumn: "sku",
                        onDelete: ReferentialAction.Restrict);
                });

            // Written by hand, because EF Core does not support indexes on complex properties
            // (https://github.com/dotnet/efcore/issues/31246).
            migrationBuilder.CreateIndex(
                name: "products_by_price",
                table: "products",
                columns: new[] { "price_amount", "sku" });

            migrationBuilder.CreateIndex(
                name: "products_by_category_and_price",
                table: "products",
                columns: new[] { "category", "price_amount", "sku" });

            migrationBuilder.CreateIndex(
                name: "products_by_age",
                table: "products",
                columns: new[] { "created_at", "sku" });

            migrationBuilder.CreateIndex(
                name: "products_by_category_and_age",
                table: "products",
                columns: new[] { "category", "created_at", "sku" });

            migrationBuilder.CreateIndex(
                name: "products_by_category_and_name",
                table: "products",
                columns: new[] { "category", "name", "sku" });

            migrationBuilder.CreateIndex(
                name: "products_by_name",
                table: "products",
                columns: new[] { "name", "sku" });

            migrationBuilder.CreateIndex(
                name: "products_by_word",
                table: "products",
                column: "search")
                .Annotation("Npgsql:IndexMethod", "gin");

            migrationBuilder.CreateIndex(
                name: "IX_reservation_lines_sku",
                table: "reservation_lines",
                column: "sku");

            migrationBuilder.CreateIndex(
                name: "reservations_by_expiry",
                table: "reservations",
                column: "expires_at",
                filter: "state = 'Reserved'");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "reservation_lines");

            migrationBuilder.DropTable(
                name: "stock_adjustments");

            migrationBuilder.DropTable(
                name: "reservations");

            migrationBuilder.DropTable(
                name: "stock");

            migrationBuilder.DropTable(
                name: "products");
        }
    }
}
