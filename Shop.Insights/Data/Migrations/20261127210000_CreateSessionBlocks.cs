using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Shop.Insights.Data.Migrations
{
    /// <inheritdoc />
    [DbContext(typeof(InsightsDbContext))]
    [Migration("20261127210000_CreateSessionBlocks")]
    public partial class CreateSessionBlocks : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // SessionBlock explains the columns. They are read as a whole, and compression takes longer than the bytes that it saves.
            migrationBuilder.Sql(
                """
                CREATE TABLE session_blocks (
                    hour timestamp with time zone PRIMARY KEY,
                    events bigint NOT NULL,
                    names text[] NOT NULL,
                    sessions bytea NOT NULL,
                    counts bytea NOT NULL,
                    codes bytea NOT NULL,
                    times bytea NOT NULL
                );
                ALTER TABLE session_blocks
                    ALTER sessions SET STORAGE EXTERNAL, ALTER counts SET STORAGE EXTERNAL, ALTER codes SET STORAGE EXTERNAL,
                    ALTER times SET STORAGE EXTERNAL;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "session_blocks");
        }
    }
}
