using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Shop.Catalog.Data.Migrations
{
    /// <inheritdoc />
    public partial class VersionSearchVectors : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "products_without_words",
                table: "products");

            migrationBuilder.AddColumn<int>(
                name: "search_version",
                table: "products",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<int>(
                name: "words_version",
                table: "products",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.CreateIndex(
                name: "products_with_outdated_search",
                table: "products",
                column: "sku",
                filter: "words_version < 1 or search_version <> version");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "products_with_outdated_search",
                table: "products");

            migrationBuilder.DropColumn(
                name: "search_version",
                table: "products");

            migrationBuilder.DropColumn(
                name: "words_version",
                table: "products");

            migrationBuilder.CreateIndex(
                name: "products_without_words",
                table: "products",
                column: "sku",
                filter: "search is null");
        }
    }
}
