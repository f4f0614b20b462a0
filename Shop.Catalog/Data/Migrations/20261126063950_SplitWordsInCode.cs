using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Shop.Catalog.Data.Migrations
{
    /// <inheritdoc />
    public partial class SplitWordsInCode : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // One Unicode form, lower case, without the accents of Latin, Greek and Cyrillic letters.
            migrationBuilder.Sql(
                """
                create function fold_words(words text) returns text language sql immutable strict parallel safe as $$
                    select normalize(
                        regexp_replace(lower(normalize(words, nfkd) collate "und-x-icu"), '[\u0300-\u036f]+', '', 'g'), nfc)
                $$;

                create function product_search_vector(words text, name text, description text) returns tsvector
                language sql immutable strict parallel safe as $$
                    select fold_words(words)::tsvector
                        || setweight(to_tsvector('english', fold_words(name)), 'A')
                        || setweight(to_tsvector('english', fold_words(description)), 'C')
                $$;

                create function product_search_query(words text, stems text) returns tsquery
                language sql immutable strict parallel safe as $$
                    select fold_words(words)::tsquery || to_tsquery('english', fold_words(stems))
                $$;

                alter table products alter column search drop expression;
                """);

            // The service updates all search vectors when it starts, after the commit. Until then those of the earlier version are used.
            migrationBuilder.CreateIndex(
                name: "products_without_words",
                table: "products",
                column: "sku",
                filter: "search is null");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
            """
            alter table products drop column search;
            alter table products add column search tsvector generated always as (
                setweight(to_tsvector('english', name), 'A') || setweight(to_tsvector('simple', name), 'A') ||
                setweight(to_tsvector('simple', category), 'B') ||
                setweight(to_tsvector('english', description), 'C') || setweight(to_tsvector('simple', description), 'C')) stored;
            create index products_by_word on products using gin (search);
            drop function product_search_query(text, text);
            drop function product_search_vector(text, text, text);
            drop function fold_words(text);
            """);
    }
}
