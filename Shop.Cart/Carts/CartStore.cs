using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Shop.Cart.Carts;

/// <summary>
/// Carts in Redis, each a hash of SKU to quantity. Every change is one atomic step there, so that two tabs, or a tab and a
/// confirmed order, never overwrite each other. Braces in the keys keep all that belongs to a cart on one node of a cluster.
/// </summary>
internal sealed class CartStore(IConnectionMultiplexer redis, IOptions<CartOptions> options)
{
    // KEYS: cart. ARGV: sku, quantity, most lines, life in seconds
    private const string SetLine =
        """
        if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then
          return -1
        end
        local added = redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
        redis.call('EXPIRE', KEYS[1], ARGV[4])
        return added
        """;

    // KEYS: cart, mark of the order. ARGV: life of the mark in seconds, then sku and quantity of each line
    private const string TakeOut =
        """
        if not redis.call('SET', KEYS[2], '1', 'NX', 'EX', ARGV[1]) then
          return 0
        end
        for i = 2, #ARGV, 2 do
          if redis.call('HINCRBY', KEYS[1], ARGV[i], -tonumber(ARGV[i + 1])) <= 0 then
            redis.call('HDEL', KEYS[1], ARGV[i])
          end
        end
        return 1
        """;

    private IDatabase Database => redis.GetDatabase();

    private long LifeInSeconds => (long)options.Value.Life.TotalSeconds;

    /// <summary>The lines of a cart, in the sequence of their SKUs. A cart that does not exist is an empty one. Looking at it keeps it alive.</summary>
    public async Task<IReadOnlyList<CartLine>> ReadAsync(string cartId, CancellationToken cancellationToken)
    {
        // Both are sent at once and answered in one round trip.
        var lines = Database.HashGetAllAsync(CartKey(cartId));
        var kept = Database.KeyExpireAsync(CartKey(cartId), options.Value.Life);
        await Task.WhenAll(lines, kept).WaitAsync(cancellationToken);
        return [.. (await lines).Select(entry => new CartLine(entry.Name!, (int)entry.Value)).OrderBy(line => line.Sku, StringComparer.Ordinal)];
    }

    public async Task<LineChange> SetLineAsync(string cartId, CartLine line, CancellationToken cancellationToken) =>
        (LineChange)(int)await Database.ScriptEvaluateAsync(
            SetLine, [CartKey(cartId)], [line.Sku, line.Quantity, options.Value.MostLines, LifeInSeconds]).WaitAsync(cancellationToken);

    /// <summary>False when it was not there.</summary>
    public Task<bool> RemoveLineAsync(string cartId, string sku, CancellationToken cancellationToken) =>
        Database.HashDeleteAsync(CartKey(cartId), sku).WaitAsync(cancellationToken);

    /// <summary>Takes out what an order has bought, once: false when it was done before, so that nothing put in since then is lost.</summary>
    public async Task<bool> TakeOutAsync(string cartId, Guid orderId, IEnumerable<CartLine> lines, CancellationToken cancellationToken) =>
        (bool)await Database.ScriptEvaluateAsync(
            TakeOut,
            [CartKey(cartId), $"{CartKey(cartId)}:taken-out:{orderId}"],
            [LifeInSeconds, .. lines.SelectMany(line => new RedisValue[] { line.Sku, line.Quantity })]).WaitAsync(cancellationToken);

    public static string CartKey(string cartId) => $"cart:{{{cartId}}}";
}

/// <summary>What became of a line, as the script answers.</summary>
internal enum LineChange
{
    CartFull = -1,
    Changed = 0,
    Added = 1,
}
