using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Aspire.Hosting.Testing;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration;

/// <summary>Messages that no consumer can make sense of: they end in the error queue with a reason, and are in nobody's way.</summary>
[Collection(WholeApplication.Name)]
public sealed class PoisonTests(ShopApp shop) : IAsyncLifetime
{
    private const string Queue = "orders-checkout-submitted";
    private const int OfEach = 5;

    private readonly HttpClient _admin = shop.App.CreateHttpClient("orders", "management");

    public async Task InitializeAsync() => await DiscardAllAsync();

    public async Task DisposeAsync()
    {
        await DiscardAllAsync();
        _admin.Dispose();
    }

    public static IReadOnlyDictionary<string, (byte[] Body, string Reason, string? Type)> Poisons { get; } = new Dictionary<string, (byte[], string, string?)>
    {
        ["nothing"] = ([], "JsonReaderException", null),
        ["noise"] = ([0, 255, 1, 254, 7], "JsonReaderException", null),
        ["half a JSON"] = (Encoding.UTF8.GetBytes("""{ "messageType": ["urn:message:Shop.Contracts.Messages:CheckoutSubmitted"], "message": { "orderId": """), "JsonReaderException", null),
        ["no envelope"] = (Encoding.UTF8.GetBytes("""{ "hello": "world" }"""), "ArgumentNullException", null),
        ["a type that nobody knows"] = (Envelope("{}", "Shop.Contracts.Messages:Unheard"), "MessageNotConsumedException", "Shop.Contracts.Messages:Unheard"),
        ["wrong types"] = (Envelope("""{ "orderId": 7, "lines": "many", "total": [] }"""), "", "Shop.Contracts.Messages:CheckoutSubmitted"),
        ["nothing in it"] = (Envelope("{}"), "InvalidMessageException", "Shop.Contracts.Messages:CheckoutSubmitted"),
        ["a line that is null"] = (Envelope($$"""{ "orderId": "{{Guid.NewGuid()}}", "cartId": "poison", "lines": [null] }"""), "", "Shop.Contracts.Messages:CheckoutSubmitted"),
        ["more than there is"] = (Order(quantity: 99, price: long.MaxValue), "", "Shop.Contracts.Messages:CheckoutSubmitted"),
        ["a wrong sum"] = (Order(quantity: 1, price: 100, total: 1), "InvalidMessageException", "Shop.Contracts.Messages:CheckoutSubmitted"),
        ["a recipient in clear"] = (
            Order(quantity: 1, price: 100, more: ", \"recipient\": { \"name\": \"Ada\", \"address\": \"London\", \"email\": \"ada@example.org\" }"),
            "JsonException", "Shop.Contracts.Messages:CheckoutSubmitted"),
        ["a name without end"] = (Order(quantity: 1, price: 100, name: new('x', 1_100_000)), "", null),
    };

    [Fact]
    public async Task Poison_is_parked_with_its_reason_and_blocks_nobody()
    {
        await using var wire = await Wire.OpenAsync(shop);
        var visitor = new Visitor(shop);
        await visitor.PutAsync(await shop.AnyProductAsync(), quantity: 1);

        foreach (var (name, poison) in Poisons)
        {
            for (var i = 0; i < OfEach; i++)
                await wire.PutAsync(Queue, poison.Body, $"{name} {i}");
        }

        // All of it is in the queue before the order. Under so much the broker may not answer in time; then one tries again.
        using var order = await Eventually.ReadAsync(() => visitor.TryCheckOutAsync(key: "once"), answer => answer.StatusCode == HttpStatusCode.Accepted);
        Assert.Equal("Confirmed", (await visitor.SettledAsync(order.Headers.Location!.ToString())).Status);

        var parked = await ParkedAsync(Poisons.Count * OfEach);
        foreach (var (name, poison) in Poisons)
        {
            var message = Assert.Single(parked, message => message.GetProperty("id").GetString() == $"{name} 0");
            Assert.EndsWith(poison.Reason, message.GetProperty("reason").GetString(), StringComparison.Ordinal);
            Assert.NotEqual("unknown", message.GetProperty("reason").GetString());
            Assert.Equal(poison.Type, message.GetProperty("type").GetString());
            Assert.Equal(0, message.GetProperty("waits").GetInt32());
            Assert.Equal(poison.Body.Length, message.GetProperty("bytes").GetInt32());
            Assert.NotNull(message.GetProperty("parkedAt").GetString());
        }

        var overview = (await _admin.GetFromJsonAsync<JsonElement>("/admin/errors")).EnumerateArray().Single(queue => queue.GetProperty("queue").GetString() == Queue);
        Assert.Equal(Poisons.Count * OfEach, overview.GetProperty("count").GetInt32());
        Assert.Equal(parked[0].GetProperty("id").GetString(), overview.GetProperty("oldest").GetProperty("id").GetString());
    }

    [Fact]
    public async Task Parked_messages_are_told_in_health_replayed_one_or_all_and_thrown_away()
    {
        await using var wire = await Wire.OpenAsync(shop);
        foreach (var id in (string[])["first", "second", "third"])
            await wire.PutAsync(Queue, Poisons["a wrong sum"].Body, id);
        var before = await ParkedAsync(3);

        var health = await Eventually.ReadAsync(
            () => _admin.GetFromJsonAsync<JsonElement>("/admin/health"),
            health => health.GetProperty("checks").GetProperty("error_queues").GetProperty("status").GetString() == "Degraded");
        Assert.Contains($"{Queue}_error", health.GetProperty("checks").GetProperty("error_queues").GetProperty("description").GetString(), StringComparison.Ordinal);
        using (var ready = await shop.Orders.GetAsync("/health"))
            Assert.Equal(HttpStatusCode.OK, ready.StatusCode);

        // They are as bad as before and come back, with a new time.
        using (var one = await _admin.PostAsync($"/admin/errors/{Queue}/second/replay", null))
            Assert.Equal(1, (await one.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("replayed").GetInt32());
        var after = await Eventually.ReadAsync(() => ParkedAsync(3), parked => parked[^1].GetProperty("id").GetString() == "second");
        Assert.True(after[^1].GetProperty("parkedAt").GetDateTimeOffset() > before[1].GetProperty("parkedAt").GetDateTimeOffset());

        using (var all = await _admin.PostAsync($"/admin/errors/{Queue}/replay", null))
            Assert.Equal(3, (await all.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("replayed").GetInt32());
        await ParkedAsync(3);

        using (var gone = await _admin.DeleteAsync($"/admin/errors/{Queue}/first"))
            Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
        using (var unknown = await _admin.DeleteAsync($"/admin/errors/{Queue}/first"))
            Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        await ParkedAsync(2);
    }

    [Fact]
    public async Task Error_queues_are_not_on_the_public_endpoint()
    {
        foreach (var path in (string[])["/admin/errors", $"/admin/errors/{Queue}", "/admin/health", "/metrics"])
        {
            using var answer = await shop.Orders.GetAsync(path);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }

        using var order = await _admin.GetAsync($"/api/v1/orders/{Guid.NewGuid()}");
        Assert.Equal(HttpStatusCode.NotFound, order.StatusCode);
        Assert.Equal(0, order.Content.Headers.ContentLength ?? 0);
    }

    private async Task<List<JsonElement>> ParkedAsync(int count) => await Eventually.ReadAsync(
        async () => (await _admin.GetFromJsonAsync<List<JsonElement>>($"/admin/errors/{Queue}"))!, parked => parked.Count == count);

    private async Task DiscardAllAsync()
    {
        foreach (var message in (await _admin.GetFromJsonAsync<List<JsonElement>>($"/admin/errors/{Queue}"))!)
            (await _admin.DeleteAsync($"/admin/errors/{Queue}/{Uri.EscapeDataString(message.GetProperty("id").GetString()!)}")).Dispose();
    }

    private static byte[] Order(int quantity, long price, long? total = null, string name = "Poison", string more = "") => Envelope($$"""
        {
          "orderId": "{{Guid.NewGuid()}}", "cartId": "poison", "submittedAt": "2026-01-01T00:00:00Z",
          "lines": [{ "sku": "POISON", "name": "{{name}}", "quantity": {{quantity}}, "unitPrice": { "amount": {{price}}, "currency": "EUR" } }],
          "total": { "amount": {{total ?? price}}, "currency": "EUR" }{{more}}
        }
        """);

    private static byte[] Envelope(string message, string type = "Shop.Contracts.Messages:CheckoutSubmitted") =>
        Encoding.UTF8.GetBytes($$"""{ "messageId": "{{Guid.NewGuid()}}", "messageType": ["urn:message:{{type}}"], "message": {{message}} }""");
}
