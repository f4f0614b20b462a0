using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration;

/// <summary>Messages that cannot be handled, and the operator endpoints for the error queues that hold them.</summary>
[Collection(WholeApplication.Name)]
public sealed class ErrorQueueTests(ShopApp shop) : IAsyncLifetime
{
    private const string Queue = "orders-checkout-submitted";
    private const string MessageType = "Shop.Contracts.Messages:CheckoutSubmitted";
    private const int CopiesOfEach = 5;

    private readonly HttpClient _management = shop.CreateStaffClient("orders", "management");

    public async Task InitializeAsync() => await DiscardAllAsync();

    public async Task DisposeAsync()
    {
        await DiscardAllAsync();
        _management.Dispose();
    }

    public static Dictionary<string, (byte[] Body, string Reason, string? Type)> InvalidMessages { get; } = new()
    {
        ["empty body"] = ([], "JsonReaderException", null),
        ["random bytes"] = ([0, 255, 1, 254, 7], "JsonReaderException", null),
        ["truncated JSON"] = (
            Encoding.UTF8.GetBytes($$"""{ "messageType": ["urn:message:{{MessageType}}"], "message": { "orderId": """),
            "JsonReaderException", null),
        ["no envelope"] = (Encoding.UTF8.GetBytes("""{ "hello": "world" }"""), "ArgumentNullException", null),
        ["unknown message type"] = (
            Envelope("{}", "Shop.Contracts.Messages:Unknown"), "MessageNotConsumedException", "Shop.Contracts.Messages:Unknown"),
        ["wrong value types"] = (Envelope("""{ "orderId": 7, "lines": "many", "total": [] }"""), "", MessageType),
        ["empty message"] = (Envelope("{}"), "InvalidMessageException", MessageType),
        ["null line"] = (Envelope($$"""{ "orderId": "{{Guid.NewGuid()}}", "cartId": "invalid", "lines": [null] }"""), "", MessageType),
        ["overflowing total"] = (Order(quantity: 99, price: long.MaxValue), "", MessageType),
        ["wrong total"] = (Order(quantity: 1, price: 100, total: 1), "InvalidMessageException", MessageType),
        ["unencrypted recipient"] = (
            Order(quantity: 1, price: 100, more: """, "recipient": { "name": "Ada", "address": "London", "email": "ada@example.org" }"""),
            "JsonException", MessageType),
        ["null message"] = (Envelope("null"), "", MessageType),
        ["number as message"] = (Envelope("7"), "JsonException", MessageType),
        ["oversized name"] = (Order(quantity: 1, price: 100, name: new('x', 1_100_000)), "", null),
    };

    [Fact]
    public async Task Invalid_messages_move_to_the_error_queue_with_a_reason_and_do_not_block_others()
    {
        await using var broker = await BrokerClient.OpenAsync(shop);
        var visitor = new Visitor(shop);
        await visitor.PutAsync(await shop.AnyProductAsync(), quantity: 1);

        foreach (var (name, invalid) in InvalidMessages)
        {
            for (var i = 0; i < CopiesOfEach; i++)
            {
                await broker.PublishAsync(Queue, invalid.Body, $"{name} {i}");
            }
        }

        // All of them are in the queue before the order. The broker may be too busy to confirm the checkout at the first attempt.
        using var order = await Eventually.ReadAsync(
            () => visitor.TryCheckOutAsync(key: "once"), response => response.StatusCode == HttpStatusCode.Accepted);
        Assert.Equal("Confirmed", (await visitor.WaitForOutcomeAsync(order.Headers.Location!.ToString())).Status);

        var messages = await ReadErrorQueueAsync(InvalidMessages.Count * CopiesOfEach);
        foreach (var (name, invalid) in InvalidMessages)
        {
            var message = Assert.Single(messages, message => message.GetProperty("id").GetString() == $"{name} 0");
            Assert.EndsWith(invalid.Reason, message.GetProperty("reason").GetString(), StringComparison.Ordinal);
            Assert.NotEqual("unknown", message.GetProperty("reason").GetString());
            Assert.Equal(invalid.Type, message.GetProperty("type").GetString());
            Assert.Equal(0, message.GetProperty("redeliveries").GetInt32());
            Assert.Equal(invalid.Body.Length, message.GetProperty("bytes").GetInt32());
            Assert.NotNull(message.GetProperty("failedAt").GetString());
        }

        var queues = await _management.GetFromJsonAsync<JsonElement>("/admin/errors");
        var overview = queues.EnumerateArray().Single(queue => queue.GetProperty("queue").GetString() == Queue);
        Assert.Equal(InvalidMessages.Count * CopiesOfEach, overview.GetProperty("count").GetInt32());
        Assert.Equal(messages[0].GetProperty("id").GetString(), overview.GetProperty("oldest").GetProperty("id").GetString());
    }

    [Fact]
    public async Task Error_queue_is_reported_in_health_and_its_messages_can_be_replayed_and_discarded()
    {
        await using var broker = await BrokerClient.OpenAsync(shop);
        foreach (var id in (string[])["first", "second", "third"])
        {
            await broker.PublishAsync(Queue, InvalidMessages["wrong total"].Body, id);
        }

        var before = await ReadErrorQueueAsync(3);

        var check = await Eventually.ReadAsync(
            () => HealthCheckAsync("error_queues"),
            check => check.GetProperty("status").GetString() == "Degraded");
        Assert.Contains($"{Queue}_error", check.GetProperty("description").GetString(), StringComparison.Ordinal);
        using (var health = await shop.Orders.GetAsync("/health"))
        {
            Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        }

        // A replayed message fails again and returns to the error queue with a new time.
        using (var one = await _management.PostAsync($"/admin/errors/{Queue}/replay?id=second", null))
        {
            Assert.Equal(1, (await one.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("replayed").GetInt32());
        }

        var after = await Eventually.ReadAsync(
            () => ReadErrorQueueAsync(3), messages => messages[^1].GetProperty("id").GetString() == "second");
        Assert.True(after[^1].GetProperty("failedAt").GetDateTimeOffset() > before[1].GetProperty("failedAt").GetDateTimeOffset());

        using (var all = await _management.PostAsync($"/admin/errors/{Queue}/replay-all", null))
        {
            Assert.Equal(3, (await all.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("replayed").GetInt32());
        }

        await ReadErrorQueueAsync(3);

        using (var deleted = await _management.DeleteAsync($"/admin/errors/{Queue}?id=first"))
        {
            Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        }

        using (var unknown = await _management.DeleteAsync($"/admin/errors/{Queue}?id=first"))
        {
            Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        }

        await ReadErrorQueueAsync(2);
    }

    [Fact]
    public async Task Message_is_replayed_and_discarded_by_its_id_whatever_characters_it_has()
    {
        string[] ids = ["a/b", "a%2Fb", "../..", "a?b=c&d#e", "a+b c", " ", "\u00e4\ud83d\ude00", "\"'<>\\", new('x', 255)];
        await using var broker = await BrokerClient.OpenAsync(shop);
        foreach (var id in ids)
        {
            await broker.PublishAsync(Queue, InvalidMessages["wrong total"].Body, id);
        }

        var before = await ReadErrorQueueAsync(ids.Length);
        Assert.Equal(ids.Order(StringComparer.Ordinal), Ids(before).Order(StringComparer.Ordinal));
        foreach (var id in ids)
        {
            var query = $"?id={Uri.EscapeDataString(id)}";
            using (var replayed = await _management.PostAsync($"/admin/errors/{Queue}/replay{query}", null))
            {
                Assert.Equal(1, (await replayed.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("replayed").GetInt32());
            }

            // It fails again and returns to the end of the error queue.
            await Eventually.ReadAsync(ReadErrorQueueAsync, messages => messages.Count > 0 && Ids(messages)[^1] == id);
            using var discarded = await _management.DeleteAsync($"/admin/errors/{Queue}{query}");
            Assert.Equal(HttpStatusCode.NoContent, discarded.StatusCode);
            Assert.DoesNotContain(id, Ids(await ReadErrorQueueAsync()));
        }

        Assert.Empty(await ReadErrorQueueAsync());
    }

    [Fact]
    public async Task Replay_and_discard_require_an_id()
    {
        await using var broker = await BrokerClient.OpenAsync(shop);
        await broker.PublishAsync(Queue, InvalidMessages["wrong total"].Body, "kept");
        var before = await ReadErrorQueueAsync(1);

        using var replayed = await _management.PostAsync($"/admin/errors/{Queue}/replay", null);
        Assert.Equal(HttpStatusCode.BadRequest, replayed.StatusCode);
        using var discarded = await _management.DeleteAsync($"/admin/errors/{Queue}");
        Assert.Equal(HttpStatusCode.BadRequest, discarded.StatusCode);
        Assert.Equal(before[0].GetRawText(), (await ReadErrorQueueAsync(1))[0].GetRawText());
    }

    [Fact]
    public async Task Management_endpoints_are_not_on_the_public_port()
    {
        foreach (var path in (string[])["/admin/errors", $"/admin/errors/{Queue}", "/admin/health", "/metrics"])
        {
            using var response = await shop.Orders.GetAsync(path);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        }

        using var order = await _management.GetAsync($"/api/v1/orders/{Guid.NewGuid()}");
        Assert.Equal(HttpStatusCode.NotFound, order.StatusCode);
        var problem = await order.Content.ReadFromJsonAsync<JsonElement>();
        Assert.False(problem.TryGetProperty("code", out _)); // unlike that of an unknown order
    }

    private static List<string> Ids(List<JsonElement> messages) => [.. messages.Select(message => message.GetProperty("id").GetString()!)];

    /// <summary>Waits until the error queue holds a number of messages, and returns them.</summary>
    private async Task<List<JsonElement>> ReadErrorQueueAsync(int count) => await Eventually.ReadAsync(
        ReadErrorQueueAsync, messages => messages.Count == count);

    private async Task<List<JsonElement>> ReadErrorQueueAsync() =>
        (await _management.GetFromJsonAsync<List<JsonElement>>($"/admin/errors/{Queue}"))!;

    private async Task<JsonElement> HealthCheckAsync(string name) =>
        (await _management.GetFromJsonAsync<JsonElement>("/admin/health")).GetProperty("checks").GetProperty(name);

    private async Task DiscardAllAsync()
    {
        foreach (var message in await ReadErrorQueueAsync())
        {
            var id = Uri.EscapeDataString(message.GetProperty("id").GetString()!);
            (await _management.DeleteAsync($"/admin/errors/{Queue}?id={id}")).Dispose();
        }
    }

    private static byte[] Order(int quantity, long price, long? total = null, string name = "Invalid", string more = "") => Envelope($$"""
        {
          "orderId": "{{Guid.NewGuid()}}", "cartId": "invalid", "submittedAt": "2026-01-01T00:00:00Z",
          "lines": [
            { "sku": "INVALID", "name": "{{name}}", "quantity": {{quantity}}, "unitPrice": { "amount": {{price}}, "currency": "EUR" } }
          ],
          "total": { "amount": {{total ?? price}}, "currency": "EUR" }{{more}}
        }
        """);

    private static byte[] Envelope(string message, string type = MessageType) => Encoding.UTF8.GetBytes(
        $$"""{ "messageId": "{{Guid.NewGuid()}}", "messageType": ["urn:message:{{type}}"], "message": {{message}} }""");
}
