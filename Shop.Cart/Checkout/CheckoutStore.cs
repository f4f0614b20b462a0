using System.Text.Json;
using Microsoft.Extensions.Options;
using Shop.Cart.Carts;
using Shop.Contracts;
using Shop.Contracts.Messages;
using StackExchange.Redis;

namespace Shop.Cart.Checkout;

/// <summary>The order of a checkout, as first requested with an idempotency key. It contains no personal data.</summary>
/// <param name="OrderId">Order identifier.</param>
/// <param name="Fingerprint">Fingerprint of the request body; see <see cref="RequestFingerprint"/>.</param>
/// <param name="Lines">Lines of the order.</param>
/// <param name="Total">Total of the order.</param>
/// <param name="SubmittedAt">Time of the first request.</param>
internal sealed record CheckoutSnapshot(
    Guid OrderId, string Fingerprint, IReadOnlyList<OrderLine> Lines, Money Total, DateTimeOffset SubmittedAt);

/// <summary>Stores checkout snapshots in Redis, for as long as a cart lives.</summary>
internal sealed class CheckoutStore(IConnectionMultiplexer redis, IOptions<CartOptions> options)
{
    public async Task<CheckoutSnapshot?> FindAsync(string cartId, string idempotencyKey, CancellationToken cancellationToken) =>
        Deserialize(await redis.GetDatabase().StringGetAsync(CartKeys.Checkout(cartId, idempotencyKey)).WaitAsync(cancellationToken));

    /// <summary>Stores a snapshot unless one is stored for the idempotency key, and returns the stored one.</summary>
    public async Task<CheckoutSnapshot> GetOrAddAsync(
        string cartId, string idempotencyKey, CheckoutSnapshot snapshot, CancellationToken cancellationToken)
    {
        var existing = await redis.GetDatabase()
            .StringSetAndGetAsync(
                CartKeys.Checkout(cartId, idempotencyKey), JsonSerializer.Serialize(snapshot),
                options.Value.TimeToLive, keepTtl: false, When.NotExists)
            .WaitAsync(cancellationToken);
        return Deserialize(existing) ?? snapshot;
    }

    private static CheckoutSnapshot? Deserialize(RedisValue value) =>
        value.IsNull ? null : JsonSerializer.Deserialize<CheckoutSnapshot>((string)value!);
}
