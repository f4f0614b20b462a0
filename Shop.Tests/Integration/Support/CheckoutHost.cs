using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Shop.Cart.Carts;
using Shop.Cart.Checkout;
using Shop.Contracts;
using Shop.Contracts.Catalog.V1;
using Shop.Contracts.Events;
using Shop.Contracts.Messages;
using Shop.Messaging;
using Shop.Telemetry.Events;
using Shop.Tests.Support;
using StackExchange.Redis;
using Money = Shop.Contracts.Money;

namespace Shop.Tests.Integration.Support;

/// <summary>
/// The checkout of the cart service on the application's Redis, with peers that a test controls: what Catalog, Orders and the broker
/// respond, and when they do not.
/// </summary>
internal sealed class CheckoutHost : IAsyncDisposable
{
    private readonly IConnectionMultiplexer _redis;
    private readonly TestService _service;
    private readonly HttpClient _ordersHttp;

    private CheckoutHost(IConnectionMultiplexer redis, TimeSpan cartTimeToLive)
    {
        var options = Options.Create(new CartOptions { TimeToLive = cartTimeToLive });
        _redis = redis;
        _service = TestService.Build(configure: builder => builder.Services.AddSingleton<IJourneyEventListener>(Events));
        var events = _service.Services.GetRequiredService<JourneyEvents>();
        _ordersHttp = new HttpClient(Orders) { BaseAddress = new Uri("http://orders") };
        var orders = new OrdersClient(_ordersHttp, NullLogger<OrdersClient>.Instance);
        Carts = new CartStore(redis, options);
        Checkouts = new CheckoutStore(redis, Carts);
        ProductCache = new ProductCache(options, Time);
        var replaceCheckout = new ReplaceCheckout(
            Carts, Checkouts, orders, Catalog, Time, events, NullLogger<ReplaceCheckout>.Instance);
        Merge = new MergeCarts(redis, options, Checkouts, replaceCheckout, NullLogger<MergeCarts>.Instance);
        Confirmed = new OrderConfirmedHandler(Carts, Checkouts, events);
        Ended = new OrderNotConfirmedHandler(Checkouts);
        Service = new CheckoutService(
            Carts,
            Checkouts,
            replaceCheckout,
            orders,
            new ProductLookup(Catalog, ProductCache, options, Time, NullLogger<ProductLookup>.Instance),
            Broker,
            Time,
            events);
    }

    public static readonly CheckoutRequest Request = new(new Recipient("Ada", "1 Way", "ada@example.org"), new PaymentCard("tok_ok"));

    public static CheckoutRequest Replace(Guid orderId) => Request with { Replaces = orderId };

    public static OrderConfirmed Confirm(CheckoutSubmitted checkout) =>
        new(checkout.OrderId, checkout.CartId, checkout.Lines, checkout.Total, default);

    public string CartId { get; } = Guid.NewGuid().ToString("n");

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.UtcNow);

    public FakeCatalog Catalog { get; } = new();

    public FakeOrders Orders { get; } = new();

    public FakeBroker Broker { get; } = new();

    public EventRecorder Events { get; } = new();

    public CartStore Carts { get; }

    public CheckoutStore Checkouts { get; }

    public MergeCarts Merge { get; }

    public ProductCache ProductCache { get; }

    public OrderConfirmedHandler Confirmed { get; }

    public OrderNotConfirmedHandler Ended { get; }

    public CheckoutService Service { get; }

    public IDatabase Redis => _redis.GetDatabase();

    public static async Task<CheckoutHost> StartAsync(ShopApp shop, TimeSpan? cartTimeToLive = null) => new(
        await ConnectionMultiplexer.ConnectAsync(await shop.ConnectionStringAsync("redis")), cartTimeToLive ?? TimeSpan.FromDays(14));

    /// <summary>Sets a line at the price that Catalog has, as if a response had shown it.</summary>
    public Task PutAsync(string sku, int quantity, string? cartId = null) =>
        Carts.SetLineAsync(cartId ?? CartId, new CartLine(sku, quantity, Catalog.Price), default);

    public Task<CheckoutResult> CheckOutAsync(
        string key, CheckoutRequest? request = null, string? cartId = null, string? customerId = null) =>
        Service.CheckOutAsync(cartId ?? CartId, key, request ?? Request, customerId, default);

    /// <summary>Checks out, asserts that the checkout was accepted, and returns the id of the order.</summary>
    public async Task<Guid> AcceptAsync(
        string key, CheckoutRequest? request = null, string? cartId = null, string? customerId = null) =>
        Assert.IsType<CheckoutResult.Accepted>(await CheckOutAsync(key, request, cartId, customerId)).OrderId;

    /// <summary>Checks out, asserts that the checkout was rejected, and returns status, code and order id of the problem.</summary>
    public async Task<(int? Status, string? Code, Guid? OrderId)> RejectAsync(
        string key, CheckoutRequest? request = null, string? cartId = null, string? customerId = null)
    {
        var problem = Assert.IsType<CheckoutResult.Rejected>(await CheckOutAsync(key, request, cartId, customerId)).Problem.ProblemDetails;
        problem.Extensions.TryGetValue("orderId", out var orderId);
        return (problem.Status, (string?)problem.Extensions["code"], (Guid?)orderId);
    }

    /// <summary>Checks out two mugs and lets the order be confirmed, which empties the cart.</summary>
    public async Task<Guid> BuyAsync(string key, bool put = true)
    {
        if (put)
        {
            await PutAsync("MUG", 2);
        }

        var order = await AcceptAsync(key);
        Store("Confirmed");
        await Confirmed.HandleAsync(Confirm(Broker.Published[0]), null!, default);
        Assert.Empty(await ReadLinesAsync());
        return order;
    }

    /// <summary>Checks out while the broker is unavailable. Returns the id of the order, which was not published.</summary>
    public async Task<Guid> FailAsync(string key)
    {
        Broker.IsUnavailable = true;
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => CheckOutAsync(key));
        Broker.IsUnavailable = false;
        return OrderIds.For(CartId, key);
    }

    /// <summary>Lets Redis lose which checkout of the cart is in progress.</summary>
    public Task<bool> LoseCheckoutInProgressAsync() => Redis.KeyDeleteAsync(CartKeys.CheckoutInProgress(CartId));

    /// <summary>Lets Orders store the last published checkout with a status.</summary>
    public void Store(string status) => Orders.Store(Broker.Published[^1], status);

    public async Task<IReadOnlyList<(string Sku, int Quantity)>> ReadLinesAsync(string? cartId = null) =>
        [.. (await Carts.ReadAsync(cartId ?? CartId, default)).Select(line => (line.Sku, line.Quantity))];

    public async ValueTask DisposeAsync()
    {
        _ordersHttp.Dispose();
        ProductCache.Dispose();
        Orders.Dispose();
        await _service.DisposeAsync();
        await _redis.DisposeAsync();
    }

    /// <summary>A catalog in which every product has the same price, and of which the stock and the released orders are known.</summary>
    public sealed class FakeCatalog : Contracts.Catalog.V1.Catalog.CatalogClient
    {
        public Money Price { get; set; } = new(1500, "EUR");

        public string Name { get; set; } = "Product";

        public Dictionary<string, int> Available { get; } = [];

        /// <summary>What an order holds in stock until it is released.</summary>
        public Dictionary<Guid, (string Sku, int Quantity)> Reserved { get; } = [];

        public List<Guid> Released { get; } = [];

        /// <summary>Orders whose stock was sold.</summary>
        public HashSet<Guid> Committed { get; } = [];

        /// <summary>Runs once, while the next request waits for the prices.</summary>
        public Func<Task>? WhilePricesAreRead { get; set; }

        /// <summary>Runs once, before the next release of stock, which fails if it throws.</summary>
        public Action? BeforeRelease { get; set; }

        public override AsyncUnaryCall<GetProductsResponse> GetProductsAsync(
            GetProductsRequest request, Metadata? headers = null, DateTime? deadline = null, CancellationToken cancellationToken = default)
        {
            var price = new Contracts.Catalog.V1.Money { Amount = Price.Amount, Currency = Price.Currency };
            var meanwhile = WhilePricesAreRead;
            WhilePricesAreRead = null;
            return Respond(meanwhile, new GetProductsResponse
            {
                Products =
                {
                    request.Skus.Select(sku => new Product
                    {
                        Sku = sku, Name = Name, Price = price, Available = Available.GetValueOrDefault(sku, 1000),
                    }),
                },
            });
        }

        public override AsyncUnaryCall<ReleaseStockResponse> ReleaseStockAsync(
            ReleaseStockRequest request, Metadata? headers = null, DateTime? deadline = null, CancellationToken cancellationToken = default)
        {
            var orderId = Guid.Parse(request.OrderId);
            var before = BeforeRelease;
            BeforeRelease = null;
            before?.Invoke();
            Released.Add(orderId);
            if (Reserved.Remove(orderId, out var line))
            {
                Available[line.Sku] += line.Quantity;
            }

            return Respond(null, new ReleaseStockResponse
            {
                Outcome = Committed.Contains(orderId)
                    ? ReleaseStockResponse.Types.Outcome.Committed
                    : ReleaseStockResponse.Types.Outcome.Released,
            });
        }

        private static AsyncUnaryCall<T> Respond<T>(Func<Task>? meanwhile, T response) => new(
            RespondAsync(meanwhile, response), Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });

        private static async Task<T> RespondAsync<T>(Func<Task>? meanwhile, T response)
        {
            await (meanwhile?.Invoke() ?? Task.CompletedTask);
            return response;
        }
    }

    /// <summary>Orders behind HTTP: the stored checkouts, and which of them were cancelled.</summary>
    public sealed class FakeOrders : HttpMessageHandler
    {
        private readonly Dictionary<Guid, StoredCheckout> _stored = [];

        public bool IsUnavailable { get; set; }

        public List<Guid> Cancelled { get; } = [];

        /// <summary>Runs once, before the next cancellation.</summary>
        public Action? BeforeCancel { get; set; }

        public void Store(CheckoutSubmitted checkout, string status) => _stored[checkout.OrderId] = new StoredCheckout(
            checkout.OrderId, checkout.CartId, status, status is "Submitted" or "StockReserved" or "Paid",
            checkout.ContentHash, checkout.Lines, checkout.Total, checkout.CustomerId);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var path = request.RequestUri!.AbsolutePath;
            var orderId = Guid.Parse(path.Split('/')[4]);
            if (IsUnavailable)
            {
                throw new HttpRequestException("Connection refused");
            }

            if (!_stored.TryGetValue(orderId, out var checkout))
            {
                return Task.FromResult(new HttpResponseMessage(HttpStatusCode.NoContent));
            }

            if (request.Method == HttpMethod.Get)
            {
                return Respond(HttpStatusCode.OK, checkout, "application/json");
            }

            var before = BeforeCancel;
            BeforeCancel = null;
            before?.Invoke();
            checkout = _stored[orderId];
            if (checkout.Status is not ("Submitted" or "StockReserved"))
            {
                return Respond(HttpStatusCode.Conflict, new { code = "not_cancellable" }, "application/problem+json");
            }

            Cancelled.Add(orderId);
            _stored[orderId] = checkout with { Status = "Cancelled", InProgress = false };
            return Respond(HttpStatusCode.OK, new { }, "application/json");
        }

        private static Task<HttpResponseMessage> Respond(HttpStatusCode status, object body, string mediaType) => Task.FromResult(
            new HttpResponseMessage(status) { Content = JsonContent.Create(body, new(mediaType), JsonSerializerOptions.Web) });
    }

    /// <summary>A broker that confirms every checkout, or none.</summary>
    public sealed class FakeBroker : IMessagePublisher
    {
        public bool IsUnavailable { get; set; }

        public List<CheckoutSubmitted> Published { get; } = [];

        public Task PublishAsync<TMessage>(TMessage message, Guid messageId, CancellationToken cancellationToken) where TMessage : class
        {
            if (IsUnavailable)
            {
                throw new BrokerUnavailableException("No confirmation", new TimeoutException());
            }

            lock (Published)
            {
                Published.Add(Assert.IsType<CheckoutSubmitted>(message));
            }

            return Task.CompletedTask;
        }

        public Task BroadcastAsync<TMessage>(TMessage message, CancellationToken cancellationToken) where TMessage : class =>
            throw new NotSupportedException("A checkout is no broadcast.");
    }

    /// <summary>The journey events of the checkout.</summary>
    public sealed class EventRecorder : IJourneyEventListener
    {
        private readonly List<JourneyEvent> _events = [];

        public void OnEvent(JourneyEvent journeyEvent)
        {
            lock (_events)
            {
                _events.Add(journeyEvent);
            }
        }

        /// <summary>Returns the number of submitted and of repeated checkouts.</summary>
        public (int Submitted, int Repeated) CountCheckouts()
        {
            lock (_events)
            {
                return (_events.OfType<CartEvents.CheckoutSubmitted>().Count(), _events.OfType<CartEvents.CheckoutRepeated>().Count());
            }
        }
    }
}
