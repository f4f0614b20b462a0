using System.Net;
using System.Text;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.Contracts;
using Shop.Contracts.Events;
using Shop.Data.PersonalData;
using Shop.Orders.Ordering;
using Shop.Orders.Recipients;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Orders;

[Collection(WholeApplication.Name)]
public sealed class PersonalDataTests(ShopApp shop)
{
    private const string Queue = "orders-checkout-submitted";
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
        await new Database(shop, "postgres").RunAsync("checkpoint");

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
    public async Task Id_of_a_cart_is_in_no_span_and_no_log_record()
    {
        var buyer = await new Buyer(shop).BuyAsync("tok_ok");
        await buyer.WaitForCompletionAsync();
        var cartId = buyer.Visitor.CartId;
        var hash = CartIdHash.FromString(cartId).ToString();

        var telemetry = await Eventually.ReadAsync(
            () => shop.Telemetry.RawTraceAsync(buyer.Visitor.TraceId),
            text => text.Contains("cart.emptied", StringComparison.Ordinal)
                && text.Contains($"/api/v1/carts/{hash}/checkout", StringComparison.Ordinal));
        Assert.DoesNotContain(cartId, telemetry, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Recipient_of_an_ended_order_is_erased_in_every_store_queue_and_signal()
    {
        await using var broker = await BrokerClient.OpenAsync(shop);
        var copies = await broker.CopyOfAsync("checkout-submitted");
        var buyer = await new Buyer(shop).BuyAsync("tok_ok");
        await buyer.WaitForStatusAsync("Confirmed");
        await buyer.WaitForCompletionAsync();
        var message = await Eventually.ReadAsync(
            () => broker.TakeAsync(copies), copy => copy?.Contains(buyer.OrderId.ToString(), StringComparison.Ordinal) == true);
        await broker.PublishAsync($"{Queue}_error", Encoding.UTF8.GetBytes(message!), buyer.OrderId.ToString());
        await broker.PublishAsync($"{Queue}_error", "{}"u8.ToArray(), "another");
        var encrypted = Convert.ToHexStringLower((await ReadOrderAsync(buyer.OrderId)).Recipient!.Data);

        foreach (var attempt in (string[])["first", "repeated"])
        {
            using var erased = await buyer.EraseRecipientAsync();
            Assert.True(erased.StatusCode == HttpStatusCode.NoContent, attempt);
        }

        Assert.True(await _db.ReadAsync<bool>(
            "select recipient is null and recipient_key is null from orders where order_id = $1", buyer.OrderId));
        foreach (var table in await _db.LinesAsync("select tablename from pg_tables where schemaname = 'public'"))
        {
            Assert.Equal(0, await _db.ReadAsync<long>(
                $"select count(*) from \"{table}\" r where position($1 in r::text) > 0", encrypted));
        }

        foreach (var queue in (string[])[Queue, $"{Queue}_error", "redelivery-5s", "redelivery-30s", "redelivery-5m"])
        {
            Assert.DoesNotContain(
                await broker.PeekAsync(queue), body => body.Contains(buyer.OrderId.ToString(), StringComparison.OrdinalIgnoreCase));
        }

        Assert.Contains("{}", await broker.PeekAsync($"{Queue}_error"));

        await using var redis = await RedisSnapshot.OpenAsync(shop);
        var erasure = await Eventually.ReadAsync(
            async () => (await shop.Telemetry.ServiceLogsAsync("orders")).FirstOrDefault(record =>
                record.EventName == "recipient.erased" && record.Text.Contains(buyer.OrderId.ToString(), StringComparison.Ordinal)),
            record => record is not null);
        Assert.Equal("Shop.Audit", erasure!.Category);
        var signals = await shop.Telemetry.RawTraceAsync(buyer.Visitor.TraceId) + await shop.Telemetry.RawTraceAsync(erasure!.TraceId!);
        Assert.Contains("recipient.erased", signals, StringComparison.Ordinal);
        var cache = await redis.ReadTextAsync();
        Assert.NotEmpty(cache);
        foreach (var secret in _secrets)
        {
            Assert.DoesNotContain(secret, cache, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(secret, signals, StringComparison.OrdinalIgnoreCase);
        }

        // The order is otherwise as it was, and its duplicates do not bring the recipient back.
        await broker.PublishAsync(Queue, Encoding.UTF8.GetBytes(message!), buyer.OrderId.ToString());
        using var refunded = await buyer.RefundAsync();
        Assert.Equal(HttpStatusCode.OK, refunded.StatusCode);
        await buyer.WaitForCompletionAsync();
        Assert.True(await _db.ReadAsync<bool>("select recipient is null from orders where order_id = $1", buyer.OrderId));
    }

    [Fact]
    public async Task Recipient_of_an_order_in_progress_cannot_be_erased()
    {
        var buyer = await new Buyer(shop).BuyAsync("tok_abandoned");
        await buyer.WaitForPendingPaymentAsync();
        using (var inProgress = await buyer.EraseRecipientAsync())
        {
            Assert.Equal(HttpStatusCode.Conflict, inProgress.StatusCode);
            Assert.Contains("order_in_progress", await inProgress.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        (await buyer.CancelAsync()).EnsureSuccessStatusCode().Dispose();
        await buyer.WaitForCompletionAsync();
        using var erased = await buyer.EraseRecipientAsync();
        Assert.Equal(HttpStatusCode.NoContent, erased.StatusCode);
        using var unknown = await shop.OrdersStaff.DeleteAsync($"/api/v1/admin/orders/{Guid.NewGuid()}/recipient");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task Message_that_cannot_be_decrypted_is_redelivered_and_the_log_names_the_key()
    {
        await using var broker = await BrokerClient.OpenAsync(shop);
        var orderId = Guid.NewGuid();
        var recipient = CreateMessageProtector(SecondSecret).Protect("{}"u8, Encoding.UTF8.GetBytes(typeof(Recipient).FullName!));
        await broker.PublishAsync(Queue, Encoding.UTF8.GetBytes($$"""
            {
              "messageType": [ "urn:message:Shop.Contracts.Messages:CheckoutSubmitted" ],
              "message": {
                "orderId": "{{orderId}}",
                "recipient": { "keyId": "{{recipient.KeyId}}", "data": "{{Convert.ToBase64String(recipient.Data)}}" }
              }
            }
            """), orderId.ToString());

        Assert.True(await Eventually.ReadAsync(() => broker.RemoveAsync("redelivery-5s", orderId.ToString()), removed => removed));
        var record = await Eventually.ReadAsync(
            async () => (await shop.Telemetry.ServiceLogsAsync("orders")).FirstOrDefault(record =>
                record.EventName == "message.redelivery_scheduled" && record.Text.Contains(orderId.ToString(), StringComparison.Ordinal)),
            record => record is not null);
        Assert.Contains("key '1'", string.Join(' ', record!.Attributes.Values), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recipients_are_reencrypted_with_the_current_key_after_a_restart()
    {
        var before = await new Buyer(shop).BuyAsync("tok_ok");
        await before.WaitForStatusAsync("Confirmed");
        Assert.NotEqual("2", (await ReadOrderAsync(before.OrderId)).Recipient!.KeyId);

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

    private static PersonalDataProtector CreateMessageProtector(string secret) =>
        new(Options.Create(new PersonalDataOptions { Keys = { ["1"] = secret } }));

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
    private Task<IReadOnlyList<string>> FilesWithAsync(string text) => new Database(shop, "postgres").LinesAsync(
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
