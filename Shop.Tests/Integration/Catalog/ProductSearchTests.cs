using System.Net.Http.Json;
using System.Text.Json;
using CsCheck;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.Logging.Abstractions;
using Shop.Catalog.Data;
using Shop.Catalog.Products;
using Shop.Telemetry.Events;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Integration.Catalog;

[Collection(WholeApplication.Name)]
public sealed class ProductSearchTests(ShopApp shop)
{
    private const int Products = 300;

    private readonly CatalogAdminClient _admin = new(shop);

    [Theory]
    [InlineData("AC/DC cable", "AC/DC cable", "dc", "cables dc")]
    [InlineData("Cable 3.5 mm", "Cable 3.5 mm", "3.5", "3,5 cables")]
    [InlineData("Caf\u00E9 au lait", "cafe\u0301", "caf\u00E9", "CAF\u00C9", "cafe")] // composed
    [InlineData("Cafe\u0301 noir", "cafe\u0301", "caf\u00E9", "CAFE\u0301", "cafe")] // decomposed
    [InlineData("हिन्दी किताब", "हिन्दी", "किताब")]
    [InlineData("𠮷野家", "𠮷野家", "𠮷")]
    [InlineData("한국 김치", "\u1112\u1161\u11AB\u1100\u116E\u11A8", "김")]
    [InlineData("ガラス", "ｶﾞﾗｽ", "カ\u3099")]
    [InlineData("ﬁne Ｔｅａ", "fine tea")]
    [InlineData("Οδός", "ΟΔΟΣ", "οδοσ")]
    [InlineData("☕️ mug", "☕", "mug ☕")]
    [InlineData("Vitamin C", "c", "vitamin c")]
    [InlineData("!!", "!!")]
    public async Task Product_is_found_whatever_signs_scripts_and_Unicode_forms_its_name_has(string name, params string[] searches)
    {
        var category = $"search-{Guid.NewGuid():n}"[..20];
        var sku = await _admin.AddAsync(1, name: name, category: category);
        foreach (var search in searches)
        {
            var page = await shop.Catalog.GetFromJsonAsync<JsonElement>(
                $"/api/v1/products?category={category}&q={Uri.EscapeDataString(search)}");
            Assert.True(
                page.GetProperty("items").EnumerateArray().Any(item => item.GetProperty("sku").GetString() == sku), $"{name}: {search}");
        }
    }

    [Fact]
    public async Task Search_for_a_single_letter_matches_names_but_no_descriptions()
    {
        var category = $"search-{Guid.NewGuid():n}"[..20];
        var inName = await _admin.AddAsync(1, name: "Plan B", category: category, description: "No other.");
        await _admin.AddAsync(1, name: "Bag", category: category, description: "Plan B.");

        var page = await shop.Catalog.GetFromJsonAsync<JsonElement>($"/api/v1/products?category={category}&q=b");
        Assert.Equal(inName, Assert.Single(page.GetProperty("items").EnumerateArray()).GetProperty("sku").GetString());
        page = await shop.Catalog.GetFromJsonAsync<JsonElement>($"/api/v1/products?category={category}&q=b+pla");
        Assert.Equal(2, page.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Product_is_found_by_its_SKU_and_by_each_of_its_words()
    {
        var (prefix, number) = ($"S{Guid.NewGuid():n}"[..8].ToUpperInvariant(), "0204");
        var other = await _admin.AddAsync(1, sku: $"{prefix}-{number}-9", name: "Espresso beans");
        var sku = await _admin.AddAsync(1, sku: $"{prefix}-{number}", name: "Espresso beans");
        foreach (var search in (string[])[sku, sku.ToLowerInvariant(), $"{prefix} {number}", $"{number} {prefix}", $"beans {sku}"])
        {
            Assert.Equal([sku, other], (await SearchAsync(search)).Order(StringComparer.Ordinal));
        }

        await _admin.UpdateAsync(sku, "*", name: "Filter beans");
        Assert.Equal([sku, other], (await SearchAsync(sku)).Order(StringComparer.Ordinal));
        Assert.Contains(sku, await SearchAsync($"{number} filter"));

        // A single character is a whole word: it does not match 0204.
        var single = await _admin.AddAsync(1, sku: $"{prefix}-7");
        Assert.Equal([single], await SearchAsync($"7 {prefix}"));

        async Task<List<string?>> SearchAsync(string search)
        {
            var page = await shop.Catalog.GetFromJsonAsync<JsonElement>($"/api/v1/products?limit=100&q={Uri.EscapeDataString(search)}");
            return [.. page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("sku").GetString())];
        }
    }

    [Fact]
    public async Task Every_product_is_found_by_its_name_and_by_each_of_its_words()
    {
        await using var database = await TemporaryDatabase.CreateAsync(shop, "catalogdb");
        await using (var db = CreateContext(database.ConnectionString))
        {
            await db.Database.MigrateAsync();
        }

        await VerifyGeneratedProductsAsync(database.ConnectionString);
    }

    [Fact]
    public async Task Migration_adds_the_existing_products_to_the_search_index()
    {
        await using var database = await TemporaryDatabase.CreateAsync(shop, "catalogdb");
        await using var db = CreateContext(database.ConnectionString);
        await db.GetService<IMigrator>().MigrateAsync("InitialCreate");
        await db.Database.ExecuteSqlRawAsync(
            """
            insert into products (sku, name, description, category, price_amount, price_currency, created_at, version)
            select 'LEGACY-' || n, 'AC/DC cable ' || n, 'Old.', 'old', 1, 'EUR', now(), 1 from generate_series(1, 1200) n;
            insert into stock (sku, on_hand, reserved) select sku, 1, 0 from products;
            """);

        await db.Database.MigrateAsync();
        await SearchIndexUpdate.RunAsync(db, NullLogger.Instance, CancellationToken.None);

        Assert.Equal("LEGACY-1200", Assert.Single(await SearchAsync(db, "dc 1200")));
        Assert.Equal("LEGACY-1100", (await SearchAsync(db, "legacy-1100"))[0]);
        Assert.Empty(await SearchIndexUpdate.FindOutdatedAsync(db, after: null, CancellationToken.None));
    }

    [Fact]
    public async Task Products_that_an_older_replica_writes_are_found_after_the_next_update_of_the_index()
    {
        await using var database = await TemporaryDatabase.CreateAsync(shop, "catalogdb");
        await using var db = CreateContext(database.ConnectionString);
        await db.Database.MigrateAsync();
        var products = new ProductAdministration(
            db, TimeProvider.System, new AuditLog(NullLoggerFactory.Instance, new HttpContextAccessor()));
        await products.CreateAsync(new NewProduct("A", "Kettle", "Boils.", "c", new Price(1, "EUR")), CancellationToken.None);

        // The statements of a version that knew nothing of the search vector.
        await db.Database.ExecuteSqlRawAsync(
            """
            update products set name = 'Teapot', version = version + 1 where sku = 'A';
            insert into products (sku, name, description, category, price_amount, price_currency, created_at, version)
            values ('B', 'Teapot', 'Pours.', 'c', 1, 'EUR', now(), 1);
            insert into stock (sku, on_hand, reserved) values ('B', 1, 0);
            """);
        await SearchIndexUpdate.RunAsync(db, NullLogger.Instance, CancellationToken.None);

        Assert.Equal(["A", "B"], (await SearchAsync(db, "teapot")).Order());
        Assert.Empty(await SearchAsync(db, "kettle"));

        // A vector whose words an earlier version of the rules has split.
        await db.Database.ExecuteSqlRawAsync("update products set search = 'kettle', words_version = 0 where sku = 'A'");
        await SearchIndexUpdate.RunAsync(db, NullLogger.Instance, CancellationToken.None);
        Assert.Empty(await SearchAsync(db, "kettle"));
    }

    [Fact]
    public async Task Update_of_a_product_is_not_overwritten_by_the_update_of_the_index()
    {
        await using var database = await TemporaryDatabase.CreateAsync(shop, "catalogdb");
        await using var db = CreateContext(database.ConnectionString);
        await db.Database.MigrateAsync();
        var products = new ProductAdministration(
            db, TimeProvider.System, new AuditLog(NullLoggerFactory.Instance, new HttpContextAccessor()));
        await products.CreateAsync(new NewProduct("A", "Kettle", "Boils.", "c", new Price(1, "EUR")), CancellationToken.None);
        await db.Database.ExecuteSqlRawAsync("update products set words_version = 0");
        var outdated = Assert.Single(await SearchIndexUpdate.FindOutdatedAsync(db, after: null, CancellationToken.None));

        await products.UpdateAsync("A", [1], new ProductUpdate("Teapot", "Pours.", "c", new Price(1, "EUR")), CancellationToken.None);
        await SearchIndexUpdate.UpdateAsync(db, outdated, CancellationToken.None);

        Assert.Equal("A", Assert.Single(await SearchAsync(db, "teapot")));
        Assert.Empty(await SearchAsync(db, "kettle"));
    }

    [Fact]
    public async Task Index_is_updated_without_waiting_for_products_that_are_locked()
    {
        await using var database = await TemporaryDatabase.CreateAsync(shop, "catalogdb");
        await using var db = CreateContext(database.ConnectionString);
        await db.Database.MigrateAsync();
        await db.Database.ExecuteSqlRawAsync(
            """
            insert into products (sku, name, description, category, price_amount, price_currency, created_at, version)
            select sku, 'Teapot', 'Pours.', 'c', 1, 'EUR', now(), 1 from unnest(array['A', 'B']) sku;
            insert into stock (sku, on_hand, reserved) select sku, 1, 0 from products;
            """);
        await using var other = CreateContext(database.ConnectionString);
        await using (await other.Database.BeginTransactionAsync())
        {
            await other.Database.ExecuteSqlRawAsync("select 1 from products where sku = 'A' for update");
            await SearchIndexUpdate.RunAsync(db, NullLogger.Instance, CancellationToken.None);
            Assert.Equal("B", Assert.Single(await SearchAsync(db, "teapot")));
        }

        await SearchIndexUpdate.RunAsync(db, NullLogger.Instance, CancellationToken.None);
        Assert.Equal(["A", "B"], (await SearchAsync(db, "teapot")).Order());
    }

    [Fact]
    public async Task Demo_products_are_found_as_soon_as_the_service_has_started()
    {
        await using var database = await TemporaryDatabase.CreateAsync(shop, "catalogdb");
        await using var db = CreateContext(database.ConnectionString);
        await db.Database.MigrateAsync();

        await CatalogSeed.RunAsync(db, addDemoProducts: true, NullLogger.Instance, CancellationToken.None);
        Assert.Equal("KIT-0401", (await SearchAsync(db, "cast iron"))[0]);
    }

    [Fact]
    public async Task Product_whose_vector_cannot_be_written_does_not_keep_others_from_being_found()
    {
        await using var database = await TemporaryDatabase.CreateAsync(shop, "catalogdb");
        await using var db = CreateContext(database.ConnectionString);
        await db.Database.MigrateAsync();
        await db.Database.ExecuteSqlRawAsync(
            """
            insert into products (sku, name, description, category, price_amount, price_currency, created_at, version)
            select sku, 'Teapot', 'Pours.', 'c', 1, 'EUR', now(), 1 from unnest(array['A', 'B', 'C']) sku;
            insert into stock (sku, on_hand, reserved) select sku, 1, 0 from products;
            alter table products add constraint no_vector check (sku <> 'B' or search is null);
            """);

        await SearchIndexUpdate.RunAsync(db, NullLogger.Instance, CancellationToken.None);
        Assert.Equal(["A", "C"], (await SearchAsync(db, "teapot")).Order());
    }

    /// <summary>Adds generated products and searches for each of them in all its ways.</summary>
    internal static async Task VerifyGeneratedProductsAsync(string connectionString)
    {
        // Products in batches, so that no search matches more products than a page has.
        var names = ProductNames.Any.Array[Products].Single();
        foreach (var batch in names.Chunk(50).Select((items, index) => (Items: items, Index: index)))
        {
            var category = $"batch {batch.Index}";
            await using var db = CreateContext(connectionString);
            var products = new ProductAdministration(
                db, TimeProvider.System, new AuditLog(NullLoggerFactory.Instance, new HttpContextAccessor()));
            foreach (var (number, name) in batch.Items.Select((item, index) => (index, item)))
            {
                var product = new NewProduct($"P-{batch.Index}-{number}", name, "Generated.", category, new Price(1, "EUR"));
                Assert.NotNull(await products.CreateAsync(product, CancellationToken.None));
            }

            foreach (var (number, name) in batch.Items.Select((item, index) => (index, item)))
            {
                var words = ProductNames.WordsOf(name).SelectMany(word => (string[])[word, word.ToUpperInvariant()]);
                foreach (var search in words.Prepend(name))
                {
                    var found = await SearchAsync(db, search, category);
                    Assert.True(found.Contains($"P-{batch.Index}-{number}"), $"'{name}' is not found by '{search}'");
                }
            }
        }
    }

    private static async Task<IReadOnlyList<string>> SearchAsync(CatalogDbContext db, string text, string? category = null)
    {
        var filter = new ProductFilter(SearchQuery.Parse(text), category, null, null);
        var page = await new ProductQueries(db).ListAsync(filter, ProductSort.Relevance, after: null, 100, CancellationToken.None);
        return [.. page!.Items.Select(item => item.Sku)];
    }

    private static CatalogDbContext CreateContext(string connectionString) =>
        new(new DbContextOptionsBuilder<CatalogDbContext>().UseNpgsql(connectionString).Options);
}
