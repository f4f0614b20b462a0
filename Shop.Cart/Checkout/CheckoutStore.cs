using System.Globalization;
using System.Text.Json;
using Shop.Cart.Carts;
using Shop.Contracts;
using Shop.Contracts.Messages;
using StackExchange.Redis;

namespace Shop.Cart.Checkout;

/// <summary>What is stored of the first request with an idempotency key. It contains no personal data.</summary>
/// <param name="OrderId">Order identifier.</param>
/// <param name="ContentHash">Hash of the content; see <see cref="CheckoutContent"/>.</param>
/// <param name="Order">The order to publish; null as soon as the broker has confirmed it.</param>
internal sealed record CheckoutRecord(Guid OrderId, string ContentHash, CheckoutSnapshot? Order);

/// <summary>The order of a checkout, as first requested.</summary>
/// <param name="Lines">Lines of the order.</param>
/// <param name="Total">Total of the order.</param>
/// <param name="SubmittedAt">Time of the first request.</param>
internal sealed record CheckoutSnapshot(IReadOnlyList<OrderLine> Lines, Money Total, DateTimeOffset SubmittedAt);

/// <summary>The order that a cart is being checked out with.</summary>
/// <param name="OrderId">Order identifier.</param>
/// <param name="Since">Time of the checkout.</param>
internal readonly record struct CheckoutInProgress(Guid OrderId, DateTimeOffset Since);

/// <summary>Stores the checkouts of carts in Redis, and which of them is in progress.</summary>
internal sealed class CheckoutStore(IConnectionMultiplexer redis, CartStore carts)
{
    private const string OrderId = "order-id";
    private const string ContentHash = "content-hash";
    private const string Order = "order";

    // KEYS: checkout, checkout in progress. ARGV: order id, content hash, order, time in Unix milliseconds, TTL in seconds.
    // Returns nil if the checkout was added or exists; otherwise the checkout in progress, which is another one.
    private const string AddScript =
        """
        if redis.call('EXISTS', KEYS[1]) == 1 then
          return false
        end
        local current = redis.call('GET', KEYS[2])
        if current and string.sub(current, 1, 36) ~= ARGV[1] then
          return current
        end
        redis.call('HSET', KEYS[1], 'order-id', ARGV[1], 'content-hash', ARGV[2], 'order', ARGV[3])
        redis.call('EXPIRE', KEYS[1], ARGV[5])
        redis.call('SET', KEYS[2], ARGV[1] .. ' ' .. ARGV[4], 'EX', ARGV[5])
        return false
        """;

    // KEYS: checkout in progress. ARGV: order id.
    private const string EndScript =
        """
        local current = redis.call('GET', KEYS[1])
        if current and string.sub(current, 1, 36) == ARGV[1] then
          redis.call('DEL', KEYS[1])
        end
        """;

    private IDatabase Database => redis.GetDatabase();

    public async Task<CheckoutRecord?> FindAsync(string cartId, string idempotencyKey, CancellationToken cancellationToken)
    {
        var fields = (await Database.HashGetAllAsync(CartKeys.Checkout(cartId, idempotencyKey)).WaitAsync(cancellationToken))
            .ToDictionary(field => (string)field.Name!, field => (string)field.Value!);
        return fields.Count == 0
            ? null
            : new CheckoutRecord(
                Guid.Parse(fields[OrderId]),
                fields[ContentHash],
                fields.TryGetValue(Order, out var order) ? JsonSerializer.Deserialize<CheckoutSnapshot>(order) : null);
    }

    /// <summary>Returns the checkout in progress of a cart, or null.</summary>
    public async Task<CheckoutInProgress?> FindInProgressAsync(string cartId, CancellationToken cancellationToken) =>
        Parse(await Database.StringGetAsync(CartKeys.CheckoutInProgress(cartId)).WaitAsync(cancellationToken));

    /// <summary>
    /// Stores a checkout, which is then in progress, unless there is one with the idempotency key. Returns another checkout that is in
    /// progress, in which case nothing was stored, or null.
    /// </summary>
    public async Task<CheckoutInProgress?> AddAsync(
        string cartId, string idempotencyKey, CheckoutRecord checkout, CancellationToken cancellationToken) =>
        Parse((RedisValue)await Database.ScriptEvaluateAsync(
            AddScript,
            [CartKeys.Checkout(cartId, idempotencyKey), CartKeys.CheckoutInProgress(cartId)],
            [
                checkout.OrderId.ToString(), checkout.ContentHash, JsonSerializer.Serialize(checkout.Order),
                checkout.Order!.SubmittedAt.ToUnixTimeMilliseconds(), (long)CartKeys.CheckoutTtl.TotalSeconds,
            ]).WaitAsync(cancellationToken));

    /// <summary>
    /// Forgets the order of a checkout that the broker has confirmed; its id and hash stay. Returns true for the first call.
    /// </summary>
    public Task<bool> SetPublishedAsync(string cartId, string idempotencyKey, CancellationToken cancellationToken) =>
        Database.HashDeleteAsync(CartKeys.Checkout(cartId, idempotencyKey), Order).WaitAsync(cancellationToken);

    /// <summary>
    /// Ends the checkout of a cart with an order, and of the carts that it was merged into. Another checkout that is in progress stays so.
    /// </summary>
    public async Task EndAsync(string cartId, Guid orderId, CancellationToken cancellationToken)
    {
        HashSet<string> ended = [];
        for (var id = cartId; id is not null && ended.Add(id); id = await carts.FindMergeTargetAsync(id, cancellationToken))
        {
            await Database.ScriptEvaluateAsync(EndScript, [CartKeys.CheckoutInProgress(id)], [orderId.ToString()])
                .WaitAsync(cancellationToken);
        }
    }

    private static CheckoutInProgress? Parse(RedisValue value) => ((string?)value)?.Split(' ') is [var orderId, var since]
        ? new CheckoutInProgress(
            Guid.Parse(orderId), DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(since, CultureInfo.InvariantCulture)))
        : null;
}
