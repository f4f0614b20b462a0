using Google.Protobuf;
using Grpc.Core;
using Shop.Contracts.Catalog.V1;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration;

/// <summary>Five thousand bad requests to a service: none makes it fail, and none changes anything.</summary>
[Collection(WholeApplication.Name)]
public sealed class HostileRequestTests(ShopApp shop)
{
    [Fact]
    public async Task The_catalog_endures_four_thousand_bad_requests_and_a_thousand_bad_calls()
    {
        var sku = await new Shopkeeper(shop).AddAsync(onHand: 3);
        var reserved = new StockClerk(shop);
        await reserved.ReserveAsync((sku, 3));
        var db = new Database(shop, "catalogdb");
        var before = await db.FingerprintAsync();

        var json = """{"name":"N","description":"D","category":"c","price":{"amount":-1,"currency":"eur"}}""";
        await shop.Catalog.EndureAsync(new HostileRequests(seed: 15110).Against(4000,
            new(HttpMethod.Get, "/api/v1/products", ["q", "category", "minPrice", "maxPrice", "sort", "limit", "after"]),
            new(HttpMethod.Get, "/api/v1/products?sort=name&limit=3", ["q", "category", "minPrice", "maxPrice", "after"]),
            new(HttpMethod.Get, $"/api/v1/products/{{{sku}}}"),
            new(HttpMethod.Get, $"/api/v1/admin/products/{{{sku}}}"),
            new(HttpMethod.Get, $"/api/v1/admin/products/{{{sku}}}/stock"),
            // A number that is taken; a version that never was, with a price that cannot be; a number that is not; more than there is.
            new(HttpMethod.Post, "/api/v1/admin/products", Body: $$"""{"sku":"{{sku}}","name":"N","description":"D","category":"c","price":{"amount":-1,"currency":"EUR"},"onHand":1}"""),
            new(HttpMethod.Put, $"/api/v1/admin/products/{{{sku}}}", Headers: new() { ["If-Match"] = "\"0\"" }, Body: json),
            new(HttpMethod.Put, "/api/v1/admin/products/{NO-SUCH-SKU}", Headers: new() { ["If-Match"] = "\"1\"" }, Body: json),
            new(HttpMethod.Post, "/api/v1/admin/products/{NO-SUCH-SKU}/stock/adjustments", Headers: new() { ["Idempotency-Key"] = "k" }, Body: """{"delta":1,"reason":"r"}"""),
            new(HttpMethod.Post, $"/api/v1/admin/products/{{{sku}}}/stock/adjustments", Headers: new() { ["Idempotency-Key"] = "k" }, Body: """{"delta":-2000000000,"reason":""}""")));
        await EndureCallsAsync(reserved, sku, count: 1000, new Random(15111));

        Assert.Equal(before, await db.FingerprintAsync());
    }

    [Fact]
    public async Task Orders_endure_five_thousand_bad_requests()
    {
        var confirmed = await new Buyer(shop).BuyAsync("tok_ok");
        var waiting = await new Buyer(shop).BuyAsync("tok_abandoned");
        await confirmed.WhenAsync("Confirmed");
        await waiting.WhenAwaitedAsync();
        var db = new Database(shop, "ordersdb");
        var before = await db.FingerprintAsync();

        await shop.Orders.EndureAsync(new HostileRequests(seed: 15130).Against(5000,
            new(HttpMethod.Get, "/api/v1/orders", ["status", "cartId", "limit", "after"]),
            new(HttpMethod.Get, "/api/v1/orders?limit=3", ["status", "cartId", "after"]),
            new(HttpMethod.Get, $"/api/v1/orders/{{{confirmed.OrderId}}}"),
            // Too late, too early, not there; and a payment that nobody signed.
            new(HttpMethod.Post, $"/api/v1/orders/{{{confirmed.OrderId}}}/cancel", Body: """{"reason":"changed_mind"}"""),
            new(HttpMethod.Post, $"/api/v1/orders/{{{waiting.OrderId}}}/refund", Body: """{"reason":"broken"}"""),
            new(HttpMethod.Post, $"/api/v1/orders/{{{Guid.NewGuid()}}}/refund", Body: """{"reason":"broken"}"""),
            new(HttpMethod.Post, "/payment/confirm",
                Headers: new() { ["Payment-Timestamp"] = $"{DateTimeOffset.UtcNow.ToUnixTimeSeconds()}", ["Payment-Signature"] = $"v1={new string('0', 64)}" },
                Body: Provider.Body(waiting.OrderId))));

        Assert.Equal(before, await db.FingerprintAsync());
    }

    [Fact]
    public async Task Carts_endure_five_thousand_bad_requests()
    {
        var visitor = new Visitor(shop);
        // More than there are: whatever else is wrong, this cart cannot be bought.
        await visitor.PutAsync(await new Shopkeeper(shop).AddAsync(onHand: 1), quantity: 3);
        await using var redis = await RedisState.OpenAsync(shop);
        var before = await redis.WhenQuietAsync();

        const string Checkout = """{"recipient":{"name":"N","address":"A","email":"n@example.org"},"payment":{"cardToken":"tok_ok"},"expectedTotal":{"amount":1,"currency":"EUR"}}""";
        await shop.Cart.EndureAsync(new HostileRequests(seed: 15120).Against(5000,
            new(HttpMethod.Get, $"/api/v1/carts/{{{visitor.CartId}}}"),
            new(HttpMethod.Get, "/api/v1/carts/{nobodys}"),
            // Too many of what there is not; a cart that cannot be; one with nothing in it; and into itself.
            new(HttpMethod.Put, $"/api/v1/carts/{visitor.CartId}/lines/{{NO-SUCH-SKU}}", Body: """{"quantity":100}"""),
            new(HttpMethod.Put, "/api/v1/carts/not.an.id/lines/{COF-0204}", Body: """{"quantity":1}"""),
            new(HttpMethod.Delete, "/api/v1/carts/not.an.id/lines/{COF-0204}"),
            new(HttpMethod.Post, "/api/v1/carts/{empty}/checkout", Headers: new() { ["Idempotency-Key"] = "k" }, Body: Checkout),
            new(HttpMethod.Post, $"/api/v1/carts/{visitor.CartId}/checkout", Headers: new() { ["Idempotency-Key"] = "k k" }, Body: Checkout),
            new(HttpMethod.Post, "/api/v1/carts/not.an.id/merge", Body: """{"from":"another"}""")));

        Assert.Equal(before, await redis.ReadAsync());
    }

    // Calls whose bytes are no message at all, or one that makes no sense: never a failure of ours.
    private static async Task EndureCallsAsync(StockClerk clerk, string sku, int count, Random random)
    {
        var hostile = new HostileRequests(random.Next());
        var bytes = Marshallers.Create<byte[]>(x => x, x => x);
        (string Method, Func<IMessage> Make)[] calls =
        [
            ("GetProduct", () => new GetProductRequest { Sku = Clean(hostile.Text()) }),
            ("GetProducts", () => new GetProductsRequest { Skus = { Enumerable.Range(0, random.Next(400)).Select(_ => Clean(hostile.Text())) } }),
            ("ReserveStock", () => new ReserveStockRequest { OrderId = Clean(hostile.Text()), Lines = { new ReservationLine { Sku = sku, Quantity = random.Next() } } }),
            ("ReserveStock", () => new ReserveStockRequest { OrderId = $"{Guid.NewGuid()}", Lines = { new ReservationLine { Sku = Clean(hostile.Text()), Quantity = -random.Next() } } }),
            ("CommitStock", () => new CommitStockRequest { OrderId = Clean(hostile.Text()) }),
            ("ReleaseStock", () => new ReleaseStockRequest { OrderId = Clean(hostile.Text()), Reason = Clean(hostile.Text()) }),
        ];
        for (var i = 0; i < count; i++)
        {
            var (name, make) = calls[random.Next(calls.Length)];
            var message = make().ToByteArray();
            var spoilt = random.Next(3) == 0;
            if (spoilt && message.Length > 0)
                message[random.Next(message.Length)] = (byte)random.Next(256);

            var method = new Method<byte[], byte[]>(MethodType.Unary, "shop.catalog.v1.Catalog", name, bytes, bytes);
            using var call = clerk.Channel.CreateCallInvoker().AsyncUnaryCall(method, host: null, new CallOptions(deadline: DateTime.UtcNow.AddSeconds(10)), message);
            var status = StatusCode.OK;
            try
            {
                await call;
            }
            catch (RpcException refused)
            {
                status = refused.StatusCode;
            }

            // gRPC itself answers INTERNAL to what is no message; that is before any code of ours.
            Assert.True(
                status is StatusCode.InvalidArgument or StatusCode.NotFound or StatusCode.OK or StatusCode.ResourceExhausted
                || spoilt && status is StatusCode.Internal or StatusCode.Unknown,
                $"{name} {Convert.ToHexString(message)} -> {status}");
        }
    }

    // What is not Unicode cannot be put into a message.
    private static string Clean(string text) => new([.. text.Where(c => !char.IsSurrogate(c))]);
}
