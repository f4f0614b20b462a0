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
    private const string SecondSecret = "a-second-secret-for-personal-data-made-for-this-test";

    // The recipient that Visitor checks out with.
    private static readonly Recipient _ada = new("Ada Example", "1 Analytical Row, London", "ada@example.org");
    private static readonly string[] _secrets = [_ada.Name, _ada.Address, _ada.Email];

    private readonly Database _db = new(shop, "ordersdb");

    [Fact]
    public async Task Recipient_is_stored_encrypted_only_and_can_be_decrypted_with_the_key()
    {
        var buyer = await new Buyer(shop).BuyAsync("tok_ok");
        await buyer.WaitForStatusAsync("Confirmed");
        await _db.RunAsync("checkpoint");

        var tables = await _db.LinesAsync("select tablename from pg_tables where schemaname = 'public'");
        foreach (var secret in _secrets)
        {
            foreach (var table in tables)
            {
                var rows = await _db.ReadAsync<long>(
                    $"select count(*) from \"{table}\" r where position($1 in r::text) > 0 or position($2 in r::text) > 0",
                    secret,
                    Hex(secret));
                Assert.Equal(0, rows);
            }

            Assert.Empty(await FilesWithAsync(secret));
        }

        var order = await ReadOrderAsync(buyer.OrderId);
        Assert.Equal(_ada, (await CreateProtectorAsync()).Unprotect(order));
    }

    [Fact]
    public async Task Recipient_and_card_are_in_no_span_and_no_log_record()
    {
        var buyer = await new Buyer(shop).BuyAsync("tok_insufficient_funds");
        await buyer.WaitForStatusAsync("Rejected");

        // The trace is complete when its last event has arrived: Catalog releases the stock.
        var telemetry = await Eventually.ReadAsync(
            () => shop.Telemetry.RawTraceAsync(buyer.Visitor.TraceId),
            text => text.Contains("stock.released", StringComparison.Ordinal));

        foreach (var secret in _secrets.Append("Analytical").Append("tok_insufficient_funds"))
        {
            Assert.DoesNotContain(secret, telemetry, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task Recipients_are_reencrypted_with_the_current_key_after_a_restart()
    {
        var before = await new Buyer(shop).BuyAsync("tok_ok");
        await before.WaitForStatusAsync("Confirmed");
        Assert.NotEqual("2", (await ReadOrderAsync(before.OrderId)).Recipient.KeyId);

        Assert.True(shop.App.ResourceNotifications.TryGetCurrentState("orders", out var orders));
        orders.Resource.Annotations.Add(new EnvironmentCallbackAnnotation(context =>
        {
            context.EnvironmentVariables["Shop__PersonalData__Keys__2"] = SecondSecret;
            context.EnvironmentVariables["Shop__PersonalData__CurrentKey"] = "2";
        }));
        var outage = new ResourceOutage(shop.App, "orders");
        await outage.StopAsync();
        await outage.EndAsync();

        await Eventually.ReadAsync(() => _db.ReadAsync<long>("select count(*) from orders where recipient_key <> '2'"), old => old == 0);
        var after = await new Buyer(shop).BuyAsync("tok_ok");
        await after.WaitForStatusAsync("Confirmed");

        // The first key can be removed: the second key decrypts all recipients.
        var recipients = CreateProtector(("2", SecondSecret));
        foreach (var buyer in (Buyer[])[before, after])
        {
            Assert.Equal(_ada, recipients.Unprotect(await ReadOrderAsync(buyer.OrderId)));
        }
    }

    private async Task<RecipientProtector> CreateProtectorAsync()
    {
        var model = shop.App.Services.GetRequiredService<DistributedApplicationModel>();
        var key = model.Resources.OfType<ParameterResource>().Single(parameter => parameter.Name == "personal-data-key-1");
        return CreateProtector(("1", (await key.GetValueAsync(CancellationToken.None))!), ("2", SecondSecret));
    }

    private static RecipientProtector CreateProtector(params (string Id, string Secret)[] keys) =>
        new(new PersonalDataProtector(Options.Create(
            new PersonalDataOptions { Keys = keys.ToDictionary(key => key.Id, key => key.Secret), CurrentKey = keys[0].Id })));

    private async Task<Order> ReadOrderAsync(Guid orderId)
    {
        await using var connection = await _db.OpenAsync();
        await using var command = new NpgsqlCommand("select recipient_key, recipient from orders where order_id = $1", connection)
        {
            Parameters = { new() { Value = orderId } },
        };
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        var line = new Order.Line { Sku = "A", Name = "A", Quantity = 1, UnitPrice = new Money(1, "EUR") };
        var recipient = new EncryptedValue(reader.GetString(0), reader.GetFieldValue<byte[]>(1));
        return Order.Submit(new Order.Checkout(orderId, "", [line], recipient, default), default, default);
    }

    private static string Hex(string text) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text));

    // The server itself reads its files, which may be in a container. Files that it removes meanwhile are skipped.
    private Task<IReadOnlyList<string>> FilesWithAsync(string text) => _db.LinesAsync(
        """
        with recursive files as (
            select name as path, (pg_stat_file(name, true)).* from pg_ls_dir('.') name
            union all
            select path || '/' || name, (pg_stat_file(path || '/' || name, true)).*
            from files, pg_ls_dir(path, true, false) name where isdir)
        select path from files where not isdir and position($1 in pg_read_binary_file(path, 0, size, true)) > 0
        """,
        Encoding.UTF8.GetBytes(text));
}
