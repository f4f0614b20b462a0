using System.Text.Json;
using Microsoft.Extensions.Options;
using Shop.Cart.Carts;
using Shop.Contracts;
using Shop.Contracts.Messages;
using StackExchange.Redis;

namespace Shop.Cart.Checkout;

/// <summary>What was bought with an idempotency key. Who bought it is not in here, only whether it is still the same.</summary>
internal sealed record FixedCheckout(Guid OrderId, string Fingerprint, IReadOnlyList<OrderLine> Lines, Money Total, DateTimeOffset SubmittedAt);

internal sealed class CheckoutStore(IConnectionMultiplexer redis, IOptions<CartOptions> options)
{
    public async Task<FixedCheckout?> FindAsync(string cartId, string key, CancellationToken cancellationToken) =>
        Read(await redis.GetDatabase().StringGetAsync(Key(cartId, key)).WaitAsync(cancellationToken));

    /// <summary>Fixes a checkout unless one is fixed already, and returns the one that is.</summary>
    public async Task<FixedCheckout> FixAsync(string cartId, string key, FixedCheckout checkout, CancellationToken cancellationToken)
    {
        var before = await redis.GetDatabase()
            .StringSetAndGetAsync(Key(cartId, key), JsonSerializer.Serialize(checkout), options.Value.Life, keepTtl: false, When.NotExists)
            .WaitAsync(cancellationToken);
        return Read(before) ?? checkout;
    }

    private static FixedCheckout? Read(RedisValue value) =>
        value.IsNull ? null : JsonSerializer.Deserialize<FixedCheckout>((string)value!);

    private static string Key(string cartId, string key) => $"{CartStore.CartKey(cartId)}:checkout:{key}";
}
