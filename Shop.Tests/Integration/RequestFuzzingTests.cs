using Google.Protobuf;
using Grpc.Core;
using Shop.Contracts.Catalog.V1;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration;

/// <summary>Sends 5,000 invalid requests to each service. None causes a server error, and none changes stored data.</summary>
[Collection(WholeApplication.Name)]
public sealed class RequestFuzzingTests(ShopApp shop)
{
    [Fact]
    public async Task Catalog_rejects_invalid_HTTP_and_gRPC_requests_without_changes()
    {
        var sku = await new CatalogAdminClient(shop).AddAsync(onHand: 3);
        var stock = new StockClient(shop);
        await stock.ReserveAsync((sku, 3));
        await PostponeUnfinishedOrdersAsync();
        var db = new Database(shop, "catalogdb");
        var before = await db.FingerprintAsync();

        var json = """{"name":"N","description":"D","category":"c","price":{"amount":-1,"currency":"eur"}}""";
        await shop.CatalogStaff.AssertRejectsAllAsync(new RequestFuzzer(seed: 15_110).Generate(4000,
            new(HttpMethod.Get, "/api/v1/products", ["q", "category", "minPrice", "maxPrice", "sort", "limit", "after"]),
            new(HttpMethod.Get, "/api/v1/products?sort=name&limit=3", ["q", "category", "minPrice", "maxPrice", "after"]),
            new(HttpMethod.Get, $"/api/v1/products/{{{sku}}}"),
            new(HttpMethod.Get, $"/api/v1/admin/products/{{{sku}}}"),
            new(HttpMethod.Get, $"/api/v1/admin/products/{{{sku}}}/stock"),
            // A SKU that exists; an invalid version and price; a SKU that does not exist; an adjustment below zero.
            new(HttpMethod.Post, "/api/v1/admin/products", Body: $$"""
                {"sku":"{{sku}}","name":"N","description":"D","category":"c","price":{"amount":-1,"currency":"EUR"},"onHand":1}
                """),
            new(HttpMethod.Put, $"/api/v1/admin/products/{{{sku}}}", Headers: new() { ["If-Match"] = "\"0\"" }, Body: json),
            new(HttpMethod.Put, "/api/v1/admin/products/{NO-SUCH-SKU}", Headers: new() { ["If-Match"] = "\"1\"" }, Body: json),
            new(HttpMethod.Post, "/api/v1/admin/products/{NO-SUCH-SKU}/stock/adjustments",
                Headers: new() { ["Idempotency-Key"] = "k" }, Body: """{"delta":1,"reason":"r"}"""),
            new(HttpMethod.Post, $"/api/v1/admin/products/{{{sku}}}/stock/adjustments",
                Headers: new() { ["Idempotency-Key"] = "k" }, Body: """{"delta":-2000000000,"reason":""}""")));
        await AssertRejectsCallsAsync(stock, sku, count: 1000, new Random(15_111));

        Assert.Equal(before, await db.FingerprintAsync());
    }

    [Fact]
    public async Task Orders_rejects_invalid_requests_without_changes()
    {
        var confirmed = await new Buyer(shop).BuyAsync("tok_ok");
        var pending = await new Buyer(shop).BuyAsync("tok_abandoned");
        await confirmed.WaitForStatusAsync("Confirmed");
        await pending.WaitForPendingPaymentAsync();
        await PostponeUnfinishedOrdersAsync();
        var db = new Database(shop, "ordersdb");
        var before = await db.FingerprintAsync();

        await shop.OrdersStaff.AssertRejectsAllAsync(new RequestFuzzer(seed: 15_130).Generate(5000,
            new(HttpMethod.Get, "/api/v1/admin/orders", ["status", "cartId", "customerId", "limit", "after"]),
            new(HttpMethod.Get, "/api/v1/admin/orders?limit=3", ["status", "cartId", "customerId", "after"]),
            new(HttpMethod.Get, $"/api/v1/orders/{{{confirmed.OrderId}}}"),
            // An order that can no longer be cancelled, one that cannot be refunded yet, one that does not exist, and a forged webhook.
            new(HttpMethod.Post, $"/api/v1/orders/{{{confirmed.OrderId}}}/cancel", Body: """{"reason":"changed_mind"}"""),
            new(HttpMethod.Post, $"/api/v1/admin/orders/{{{pending.OrderId}}}/refund", Body: """{"reason":"broken"}"""),
            new(HttpMethod.Post, $"/api/v1/admin/orders/{{{Guid.NewGuid()}}}/refund", Body: """{"reason":"broken"}"""),
            new(HttpMethod.Post, "/payment/confirm",
                Headers: new()
                {
                    ["Payment-Timestamp"] = $"{DateTimeOffset.UtcNow.ToUnixTimeSeconds()}",
                    ["Payment-Signature"] = $"v1={new string('0', 64)}",
                },
                Body: PaymentProviderClient.Body(pending.OrderId))));

        Assert.Equal(before, await db.FingerprintAsync());
    }

    [Fact]
    public async Task Cart_rejects_invalid_requests_without_changes()
    {
        var visitor = new Visitor(shop);

        // More than are in stock, so that this cart cannot be checked out.
        await visitor.PutAsync(await new CatalogAdminClient(shop).AddAsync(onHand: 1), quantity: 3);
        await using var redis = await RedisSnapshot.OpenAsync(shop);
        var before = await redis.WaitUntilStableAsync();

        const string Checkout = """
            {
              "recipient":{"name":"N","address":"A","email":"n@example.org"},
              "payment":{"cardToken":"tok_ok"},
              "expectedTotal":{"amount":1,"currency":"EUR"}
            }
            """;
        await shop.Cart.AssertRejectsAllAsync(new RequestFuzzer(seed: 15_120).Generate(5000,
            new(HttpMethod.Get, $"/api/v1/carts/{{{visitor.CartId}}}"),
            new(HttpMethod.Get, "/api/v1/carts/{unknown}"),
            // A quantity over the limit of a product that does not exist; invalid cart ids; an empty cart; an invalid idempotency key.
            new(HttpMethod.Put, $"/api/v1/carts/{visitor.CartId}/lines/{{NO-SUCH-SKU}}", Body: """{"quantity":100}"""),
            new(HttpMethod.Put, "/api/v1/carts/not.an.id/lines/{COF-0204}", Body: """{"quantity":1}"""),
            new(HttpMethod.Delete, "/api/v1/carts/not.an.id/lines/{COF-0204}"),
            new(HttpMethod.Post, "/api/v1/carts/{empty}/checkout", Headers: new() { ["Idempotency-Key"] = "k" }, Body: Checkout),
            new(HttpMethod.Post, $"/api/v1/carts/{visitor.CartId}/checkout",
                Headers: new() { ["Idempotency-Key"] = "k k" }, Body: Checkout),
            new(HttpMethod.Post, "/api/v1/carts/not.an.id/merge", Body: """{"from":"another"}""")));

        Assert.Equal(before, await redis.ReadAsync());
    }

    // Orders of other tests that wait for a payment end at their time, and would change the databases during this test.
    private async Task PostponeUnfinishedOrdersAsync()
    {
        await new Database(shop, "catalogdb").RunAsync("update reservations set expires_at = expires_at + interval '1 hour'");
        var orders = new Database(shop, "ordersdb");
        await orders.RunAsync("update orders set due_at = due_at + interval '1 hour'");
        await orders.RunAsync("update simulated_payments set webhook_due_at = webhook_due_at + interval '1 hour'");
    }

    // Sends gRPC requests with invalid values, a third of them with a corrupted byte.
    private static async Task AssertRejectsCallsAsync(StockClient stock, string sku, int count, Random random)
    {
        var fuzzer = new RequestFuzzer(random.Next());
        var bytes = Marshallers.Create<byte[]>(x => x, x => x);
        (string Method, Func<IMessage> Create)[] calls =
        [
            ("GetProduct", () => new GetProductRequest { Sku = Text() }),
            ("GetProducts", () => new GetProductsRequest { Skus = { Enumerable.Range(0, random.Next(400)).Select(_ => Text()) } }),
            ("ReserveStock", () => new ReserveStockRequest
            {
                OrderId = Text(),
                Lines = { new ReservationLine { Sku = sku, Quantity = random.Next() } },
            }),
            ("ReserveStock", () => new ReserveStockRequest
            {
                OrderId = $"{Guid.NewGuid()}",
                Lines = { new ReservationLine { Sku = Text(), Quantity = -random.Next() } },
            }),
            ("CommitStock", () => new CommitStockRequest { OrderId = Text() }),
            ("ReleaseStock", () => new ReleaseStockRequest { OrderId = Text(), Reason = Text() }),
        ];
        for (var i = 0; i < count; i++)
        {
            var (name, create) = calls[random.Next(calls.Length)];
            var message = create().ToByteArray();
            var corrupted = random.Next(3) == 0;
            if (corrupted && message.Length > 0)
            {
                message[random.Next(message.Length)] = (byte)random.Next(256);
            }

            var method = new Method<byte[], byte[]>(MethodType.Unary, "shop.catalog.v1.Catalog", name, bytes, bytes);
            var options = new CallOptions(deadline: DateTime.UtcNow.AddSeconds(10));
            using var call = stock.Channel.CreateCallInvoker().AsyncUnaryCall(method, host: null, options, message);
            var status = StatusCode.OK;
            try
            {
                await call;
            }
            catch (RpcException e)
            {
                status = e.StatusCode;
            }

            // Grpc.AspNetCore returns INTERNAL or UNKNOWN for a message that cannot be parsed, before any handler is called.
            Assert.True(
                status is StatusCode.InvalidArgument or StatusCode.NotFound or StatusCode.OK or StatusCode.ResourceExhausted
                || (corrupted && status is StatusCode.Internal or StatusCode.Unknown),
                $"{name} {Convert.ToHexString(message)} -> {status}");
        }

        // Protobuf strings must be valid Unicode.
        string Text() => new([.. fuzzer.NextText().Where(c => !char.IsSurrogate(c))]);
    }
}
