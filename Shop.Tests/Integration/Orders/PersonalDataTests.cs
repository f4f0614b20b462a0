using System.Text;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.Contracts;
using Shop.Data.PersonalData;
using Shop.Orders.Ordering;
using Shop.Orders.Recipients;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Orders;

[Collection(WholeApplication.Name)]
public sealed class PersonalDataTests(ShopApp shop)
{
    // As Visitor has them.
    private static readonly Recipient _ada = new("Ada Example", "1 Analytical Row, London", "ada@example.org");
    private static readonly string[] _secrets = [_ada.Name, _ada.Address, _ada.Email];

    private readonly Database _db = new(shop, "ordersdb");

    [Fact]
    public async Task Who_gets_an_order_is_in_no_table_and_in_no_file_of_the_database_and_can_still_be_read_with_the_key()
    {
        var buyer = await new Buyer(shop).BuyAsync("tok_ok");
        await buyer.WaitForStatusAsync("Confirmed");
        await _db.RunAsync("checkpoint");

        var tables = await _db.LinesAsync("select tablename from pg_tables where schemaname = 'public'");
        foreach (var secret in _secrets)
        {
            foreach (var table in tables)
                Assert.Equal(0, await _db.ReadAsync<long>($"select count(*) from \"{table}\" r where position($1 in r::text) > 0 or position($2 in r::text) > 0", secret, Hex(secret)));
            Assert.Empty(await FilesWithAsync(secret));
        }

        // The search finds what is not encrypted.
        Assert.NotEmpty(await FilesWithAsync(buyer.Sku));

        var order = await StoredAsync(buyer.OrderId);
        Assert.Equal(_ada, (await VaultAsync()).Open(order));
    }

    [Fact]
    public async Task Who_gets_an_order_and_with_which_card_is_in_no_span_and_no_log_record()
    {
        var buyer = await new Buyer(shop).BuyAsync("tok_insufficient_funds");
        await buyer.WaitForStatusAsync("Rejected");

        // Read when the last hop has arrived: Catalog gives the stock back.
        var told = await Eventually.ReadAsync(
            () => shop.Telemetry.RawTraceAsync(buyer.Visitor.TraceId), text => text.Contains("stock.released", StringComparison.Ordinal));
        foreach (var secret in _secrets.Append("Analytical").Append("tok_insufficient_funds"))
            Assert.DoesNotContain(secret, told, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_new_key_takes_over_by_a_restart_and_what_the_old_one_wrote_is_brought_under_it()
    {
        const string Second = "a-second-secret-for-personal-data-made-for-this-test";
        var before = await new Buyer(shop).BuyAsync("tok_ok");
        await before.WaitForStatusAsync("Confirmed");
        Assert.NotEqual("2", (await StoredAsync(before.OrderId)).Recipient.KeyId);

        Assert.True(shop.App.ResourceNotifications.TryGetCurrentState("orders", out var orders));
        orders.Resource.Annotations.Add(new EnvironmentCallbackAnnotation(context =>
        {
            context.EnvironmentVariables["Shop__PersonalData__Keys__2"] = Second;
            context.EnvironmentVariables["Shop__PersonalData__CurrentKey"] = "2";
        }));
        var outage = new ResourceOutage(shop.App, "orders");
        await outage.StopAsync();
        await outage.EndAsync();

        await Eventually.ReadAsync(() => _db.ReadAsync<long>("select count(*) from orders where recipient_key <> '2'"), old => old == 0);
        var after = await new Buyer(shop).BuyAsync("tok_ok");
        await after.WaitForStatusAsync("Confirmed");

        // The first key can go: nothing needs it any more.
        var vault = Vault(("2", Second));
        foreach (var buyer in (Buyer[])[before, after])
            Assert.Equal(_ada, vault.Open(await StoredAsync(buyer.OrderId)));
    }

    private async Task<RecipientVault> VaultAsync() => Vault(("1", (await shop.App.Services.GetRequiredService<DistributedApplicationModel>().Resources.OfType<ParameterResource>()
        .Single(parameter => parameter.Name == "personal-data-key-1").GetValueAsync(CancellationToken.None))!),
        ("2", "a-second-secret-for-personal-data-made-for-this-test"));

    private static RecipientVault Vault(params (string Id, string Secret)[] keys) => new(new PersonalDataProtector(Options.Create(
        new PersonalDataOptions { Keys = keys.ToDictionary(key => key.Id, key => key.Secret), CurrentKey = keys[0].Id })));

    private async Task<Order> StoredAsync(Guid orderId)
    {
        await using var connection = await _db.OpenAsync();
        await using var command = new NpgsqlCommand("select recipient_key, recipient from orders where order_id = $1", connection) { Parameters = { new() { Value = orderId } } };
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        var line = new Order.Line { Sku = "A", Name = "A", Quantity = 1, UnitPrice = new Money(1, "EUR") };
        return Order.Submit(orderId, "", [line], new EncryptedValue(reader.GetString(0), reader.GetFieldValue<byte[]>(1)), default);
    }

    private static string Hex(string text) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text));

    // Read by the server itself, whose files may be in a container. Files that the server removes meanwhile are skipped.
    private Task<IReadOnlyList<string>> FilesWithAsync(string text) => _db.LinesAsync(
        """
        with recursive files as (
            select name as path, (pg_stat_file(name, true)).* from pg_ls_dir('.') name
            union all
            select path || '/' || name, (pg_stat_file(path || '/' || name, true)).* from files, pg_ls_dir(path, true, false) name where isdir)
        select path from files where not isdir and position($1 in pg_read_binary_file(path, 0, size, true)) > 0
        """,
        Encoding.UTF8.GetBytes(text));
}
