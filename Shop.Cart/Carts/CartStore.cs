using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Shop.Cart.Carts;

/// <summary>
/// Carts in Redis, each a hash of SKU to quantity and price: <c>COF-0204 → 2 1490 EUR</c>. Every change is one atomic step there, so
/// that two tabs, or a tab and a confirmed order, never overwrite each other. Braces in the keys keep all that belongs to a cart on one
/// node of a cluster; only a merge touches two carts (see <see cref="MergingCarts"/>).
/// </summary>
internal sealed class CartStore(IConnectionMultiplexer redis, IOptions<CartOptions> options)
{
    // KEYS: cart, where it went. ARGV: sku, quantity, price or nothing, most lines, life in seconds
    // A price that nobody knows now leaves the one from before. Whoever puts something in uses the cart again, wherever the last one went.
    private const string SetLine =
        """
        local before = redis.call('HGET', KEYS[1], ARGV[1])
        if not before and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then
          return -1
        end
        local price = ARGV[3]
        if price == '' and before then
          price = string.match(before, ' .*') or ''
        end
        local added = redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. price)
        redis.call('EXPIRE', KEYS[1], ARGV[5])
        redis.call('DEL', KEYS[2])
        return added
        """;

    // KEYS: cart, mark of the order. ARGV: life of the mark in seconds, then sku and quantity of each line
    // Answers with what was not there any more, as sku and quantity in turn; with nil when the order has been here before.
    private const string TakeOut =
        """
        if not redis.call('SET', KEYS[2], '1', 'NX', 'EX', ARGV[1]) then
          return false
        end
        local missing = {}
        for i = 2, #ARGV, 2 do
          local bought = tonumber(ARGV[i + 1])
          local line = redis.call('HGET', KEYS[1], ARGV[i])
          local there, price = string.match(line or '0', '^(%d+)(.*)$')
          local left = tonumber(there) - bought
          if left > 0 then
            redis.call('HSET', KEYS[1], ARGV[i], left .. price)
          elseif line then
            redis.call('HDEL', KEYS[1], ARGV[i])
          end
          if left < 0 then
            missing[#missing + 1] = ARGV[i]
            missing[#missing + 1] = -left
          end
        end
        return missing
        """;

    private IDatabase Database => redis.GetDatabase();

    private long LifeInSeconds => (long)options.Value.Life.TotalSeconds;

    /// <summary>The lines of a cart, in the sequence of their SKUs. A cart that does not exist is an empty one.</summary>
    public async Task<IReadOnlyList<CartLine>> ReadAsync(string cartId, CancellationToken cancellationToken)
    {
        var lines = await Database.HashGetAllAsync(CartKey(cartId)).WaitAsync(cancellationToken);
        return [.. lines.Select(entry => CartLine.Parse(entry.Name!, entry.Value!)).OrderBy(line => line.Sku, StringComparer.Ordinal)];
    }

    /// <summary>As <see cref="ReadAsync"/>, by somebody who looks at the cart: that keeps it alive.</summary>
    public async Task<IReadOnlyList<CartLine>> LookAtAsync(string cartId, CancellationToken cancellationToken)
    {
        // Both are sent at once and answered in one round trip.
        var kept = Database.KeyExpireAsync(CartKey(cartId), options.Value.Life);
        var lines = await ReadAsync(cartId, cancellationToken);
        await kept.WaitAsync(cancellationToken);
        return lines;
    }

    public async Task<LineChange> SetLineAsync(string cartId, CartLine line, CancellationToken cancellationToken) =>
        (LineChange)(int)await Database.ScriptEvaluateAsync(
            SetLine,
            [CartKey(cartId), MovedToKey(cartId)],
            [line.Sku, line.Quantity, CartLine.Text(line.Price), options.Value.MostLines, LifeInSeconds]).WaitAsync(cancellationToken);

    /// <summary>False when it was not there.</summary>
    public Task<bool> RemoveLineAsync(string cartId, string sku, CancellationToken cancellationToken) =>
        Database.HashDeleteAsync(CartKey(cartId), sku).WaitAsync(cancellationToken);

    /// <summary>
    /// Takes out what an order has bought, once: false when it was done before, so that nothing put in since then is lost. What has
    /// moved to another cart meanwhile is taken out there.
    /// </summary>
    public async Task<bool> TakeOutAsync(string cartId, Guid orderId, IEnumerable<CartLine> lines, CancellationToken cancellationToken)
    {
        var answer = await Database.ScriptEvaluateAsync(
            TakeOut,
            [CartKey(cartId), $"{CartKey(cartId)}:taken-out:{orderId}"],
            [LifeInSeconds, .. lines.SelectMany(line => new RedisValue[] { line.Sku, line.Quantity })]).WaitAsync(cancellationToken);
        if (answer.IsNull)
            return false;

        var missing = ((RedisValue[])answer!).Chunk(2).Select(pair => new CartLine(pair[0]!, (int)pair[1])).ToList();
        if (missing.Count > 0 && await Database.StringGetAsync(MovedToKey(cartId)).WaitAsync(cancellationToken) is { IsNull: false } other)
            await TakeOutAsync(other!, orderId, missing, cancellationToken);
        return true;
    }

    public static string CartKey(string cartId) => $"cart:{{{cartId}}}";

    public static string MovedToKey(string cartId) => $"{CartKey(cartId)}:moved-to";
}

/// <summary>What became of a line, as the script answers.</summary>
internal enum LineChange
{
    CartFull = -1,
    Changed = 0,
    Added = 1,
}
