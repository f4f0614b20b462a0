using System.Globalization;
using System.Text.Json;
using Shop.Cart.Carts;
using Shop.Contracts;
using Shop.Contracts.Messages;
using StackExchange.Redis;

namespace Shop.Cart.Checkout;

/// <summary>The stored record of the first request with an idempotency key, without personal data.</summary>
/// <param name="OrderId">Order identifier.</param>
/// <param name="ContentHash">Hash of the content; see <see cref="CheckoutContent"/>.</param>
/// <param name="Order">The order to publish; null as soon as the broker has confirmed it.</param>
/// <param name="CustomerHash">Hash of the customer id; null for a guest. See <see cref="CheckoutContent.HashCustomer"/>.</param>
internal sealed record CheckoutRecord(Guid OrderId, string ContentHash, CheckoutSnapshot? Order, string? CustomerHash = null);

/// <summary>The order of a checkout, as first requested.</summary>
/// <param name="Lines">Lines of the order.</param>
/// <param name="Total">Total of the order.</param>
/// <param name="SubmittedAt">Time of the first request.</param>
/// <param name="CustomerId">Subject of the member whose order it is; null for a guest.</param>
internal sealed record CheckoutSnapshot(
    IReadOnlyList<OrderLine> Lines, Money Total, DateTimeOffset SubmittedAt, string? CustomerId = null);

/// <summary>The order that a cart is being checked out with.</summary>
/// <param name="OrderId">Order identifier.</param>
/// <param name="CartId">Cart of the order; another cart if that one was merged into this one.</param>
/// <param name="Lines">Lines of the order; empty if they are not known any more.</param>
/// <param name="UnpublishedSince">Time of the last attempt to publish the order; null as soon as the broker has confirmed it.</param>
internal sealed record CheckoutInProgress(
    Guid OrderId, string CartId, IReadOnlyList<CartLine> Lines, DateTimeOffset? UnpublishedSince);

/// <summary>Stores the checkouts of carts in Redis, and which of them is in progress.</summary>
internal sealed class CheckoutStore(IConnectionMultiplexer redis, CartStore carts)
{
    private const string OrderId = "order-id";
    private const string ContentHash = "content-hash";
    private const string Order = "order";
    private const string CustomerHash = "customer-hash";

    // KEYS: checkout, checkout in progress, cart. ARGV: order id, content hash, order, lines, cart id, time in Unix milliseconds, TTL in
    // seconds, hash of the customer or nothing, then SKU and stored value of each line that the order was computed from.
    // Returns the fields of the checkout if it exists, the order id if it was added, the id of the order in progress if that is another
    // one, and nil if the cart contains other lines.
    private const string AddScript =
        """
        if redis.call('EXISTS', KEYS[1]) == 1 then
          return redis.call('HGETALL', KEYS[1])
        end
        local current = redis.call('HGET', KEYS[2], 'order-id')
        if current and current ~= ARGV[1] then
          return current
        end
        if redis.call('HLEN', KEYS[3]) * 2 ~= #ARGV - 8 then
          return false
        end
        for i = 9, #ARGV, 2 do
          if redis.call('HGET', KEYS[3], ARGV[i]) ~= ARGV[i + 1] then
            return false
          end
        end
        redis.call('HSET', KEYS[1], 'order-id', ARGV[1], 'content-hash', ARGV[2], 'order', ARGV[3])
        if ARGV[8] ~= '' then
          redis.call('HSET', KEYS[1], 'customer-hash', ARGV[8])
        end
        redis.call('EXPIRE', KEYS[1], ARGV[7])
        redis.call('HSET', KEYS[2], 'order-id', ARGV[1], 'lines', ARGV[4], 'cart-id', ARGV[5], 'unpublished-since', ARGV[6])
        redis.call('EXPIRE', KEYS[2], ARGV[7])
        return ARGV[1]
        """;

    // KEYS: checkout. ARGV: hash of the customer, order. Changes nothing if the order is published, or is that of a member.
    private const string SetCustomerScript =
        """
        if redis.call('HEXISTS', KEYS[1], 'order') == 1 and redis.call('HSETNX', KEYS[1], 'customer-hash', ARGV[1]) == 1 then
          redis.call('HSET', KEYS[1], 'order', ARGV[2])
        end
        """;

    // KEYS: checkout in progress. ARGV: order id, time in Unix milliseconds.
    private const string PublishAgainScript =
        """
        if redis.call('HGET', KEYS[1], 'order-id') == ARGV[1] then
          redis.call('HSET', KEYS[1], 'unpublished-since', ARGV[2])
        end
        """;

    // KEYS: checkout, checkout in progress. ARGV: order id. Returns 1 for the first call.
    private const string SetPublishedScript =
        """
        if redis.call('HGET', KEYS[2], 'order-id') == ARGV[1] then
          redis.call('HDEL', KEYS[2], 'unpublished-since')
        end
        return redis.call('HDEL', KEYS[1], 'order')
        """;

    // KEYS: checkout in progress. ARGV: order id.
    private const string ClearScript =
        """
        if redis.call('HGET', KEYS[1], 'order-id') == ARGV[1] then
          redis.call('DEL', KEYS[1])
        end
        """;

    private IDatabase Database => redis.GetDatabase();

    public async Task<CheckoutRecord?> FindAsync(string cartId, string idempotencyKey, CancellationToken cancellationToken)
    {
        var fields = await ReadHashAsync(CartKeys.Checkout(cartId, idempotencyKey), cancellationToken);
        return fields.Count == 0 ? null : ToRecord(fields);
    }

    /// <summary>Returns the checkout in progress of a cart, or null.</summary>
    public async Task<CheckoutInProgress?> FindInProgressAsync(string cartId, CancellationToken cancellationToken)
    {
        var fields = await ReadHashAsync(CartKeys.CheckoutInProgress(cartId), cancellationToken);
        if (fields.Count == 0)
        {
            return null;
        }

        // A merge copies the ids only. If the cart of the order has lost the rest, the order counts as published, so it is not given up.
        var (orderId, orderCartId) = (fields[OrderId], fields["cart-id"]);
        if (orderCartId != cartId)
        {
            fields = await ReadHashAsync(CartKeys.CheckoutInProgress(orderCartId), cancellationToken);
        }

        var isKnown = fields.GetValueOrDefault(OrderId) == orderId;
        return new CheckoutInProgress(
            Guid.Parse(orderId),
            orderCartId,
            isKnown && fields.TryGetValue("lines", out var lines) ? JsonSerializer.Deserialize<List<CartLine>>(lines)! : [],
            isKnown && fields.TryGetValue("unpublished-since", out var since)
                ? DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(since, CultureInfo.InvariantCulture))
                : null);
    }

    /// <summary>
    /// Stores a checkout, which is then in progress, unless there is one with the idempotency key. Another checkout that is in progress, or
    /// a change of the cart since its lines were read, is found in the same atomic step: nothing is stored then.
    /// </summary>
    public async Task<AddCheckoutResult> AddAsync(
        string cartId, string idempotencyKey, CheckoutRecord checkout, IReadOnlyList<CartLine> lines, CancellationToken cancellationToken)
    {
        var purchased = checkout.Order!.Lines.Select(line => new CartLine(line.Sku, line.Quantity));
        var result = await Database.ScriptEvaluateAsync(
            AddScript,
            [CartKeys.Checkout(cartId, idempotencyKey), CartKeys.CheckoutInProgress(cartId), CartKeys.Lines(cartId)],
            [
                checkout.OrderId.ToString(), checkout.ContentHash, JsonSerializer.Serialize(checkout.Order),
                JsonSerializer.Serialize(purchased), cartId, checkout.Order.SubmittedAt.ToUnixTimeMilliseconds(),
                (long)CartKeys.CheckoutTtl.TotalSeconds, checkout.CustomerHash ?? "",
                .. lines.SelectMany(line => new RedisValue[] { line.Sku, $"{line.Quantity}{CartLine.FormatPrice(line.Price)}" }),
            ]).WaitAsync(cancellationToken);
        if (result.Resp2Type is ResultType.Array)
        {
            return new AddCheckoutResult.Stored(
                ToRecord(((string[])result!).Chunk(2).ToDictionary(field => field[0], field => field[1])));
        }

        return result.IsNull ? new AddCheckoutResult.CartChanged()
            : Guid.Parse((string)result!) is var id && id != checkout.OrderId ? new AddCheckoutResult.OtherInProgress(id)
            : new AddCheckoutResult.Stored(checkout);
    }

    /// <summary>
    /// Makes the order of a guest that of a member, unless the broker has confirmed it, or another member was faster. Returns the checkout
    /// as it is stored then.
    /// </summary>
    public async Task<CheckoutRecord?> SetCustomerAsync(
        string cartId, string idempotencyKey, string customerHash, CheckoutSnapshot order, CancellationToken cancellationToken)
    {
        await Database.ScriptEvaluateAsync(
            SetCustomerScript, [CartKeys.Checkout(cartId, idempotencyKey)], [customerHash, JsonSerializer.Serialize(order)])
            .WaitAsync(cancellationToken);
        return await FindAsync(cartId, idempotencyKey, cancellationToken);
    }

    /// <summary>Notes that an order whose checkout is in progress is published once more, so that it is not given up meanwhile.</summary>
    public Task SetPublishingAsync(string cartId, Guid orderId, DateTimeOffset now, CancellationToken cancellationToken) =>
        Database.ScriptEvaluateAsync(
            PublishAgainScript, [CartKeys.CheckoutInProgress(cartId)], [orderId.ToString(), now.ToUnixTimeMilliseconds()])
            .WaitAsync(cancellationToken);

    /// <summary>
    /// Forgets the order of a checkout that the broker has confirmed; its id and hash stay. Returns true for the first call.
    /// </summary>
    public async Task<bool> SetPublishedAsync(
        string cartId, string idempotencyKey, Guid orderId, CancellationToken cancellationToken) =>
        (bool)await Database.ScriptEvaluateAsync(
            SetPublishedScript,
            [CartKeys.Checkout(cartId, idempotencyKey), CartKeys.CheckoutInProgress(cartId)],
            [orderId.ToString()]).WaitAsync(cancellationToken);

    /// <summary>
    /// Ends the checkout of a cart with an order, and of the carts that it was merged into. Another checkout that is in progress stays so.
    /// </summary>
    public async Task ClearInProgressAsync(string cartId, Guid orderId, CancellationToken cancellationToken)
    {
        // Last cart first: it is found from the others, also by a call that continues after a failure.
        foreach (var id in (await carts.FindCartsOfOrderAsync([cartId], orderId, cancellationToken)).Reverse())
        {
            await Database.ScriptEvaluateAsync(ClearScript, [CartKeys.CheckoutInProgress(id)], [orderId.ToString()])
                .WaitAsync(cancellationToken);
        }
    }

    private static CheckoutRecord ToRecord(Dictionary<string, string> fields) => new(
        Guid.Parse(fields[OrderId]),
        fields[ContentHash],
        fields.TryGetValue(Order, out var order) ? JsonSerializer.Deserialize<CheckoutSnapshot>(order) : null,
        fields.GetValueOrDefault(CustomerHash));

    private async Task<Dictionary<string, string>> ReadHashAsync(string key, CancellationToken cancellationToken) =>
        (await Database.HashGetAllAsync(key).WaitAsync(cancellationToken))
            .ToDictionary(field => (string)field.Name!, field => (string)field.Value!);
}

/// <summary>Result of <see cref="CheckoutStore.AddAsync"/>.</summary>
internal abstract record AddCheckoutResult
{
    /// <summary>The checkout is stored, by this request or by another one with the same key.</summary>
    /// <param name="Checkout">The checkout as it is stored.</param>
    public sealed record Stored(CheckoutRecord Checkout) : AddCheckoutResult;

    /// <summary>The cart contains other lines than those that the order was computed from.</summary>
    public sealed record CartChanged : AddCheckoutResult;

    /// <summary>The cart is being checked out with another order.</summary>
    public sealed record OtherInProgress(Guid OrderId) : AddCheckoutResult;
}
