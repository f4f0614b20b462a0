using System.Globalization;
using Microsoft.Extensions.Options;
using Shop.Contracts;
using Shop.Data;
using StackExchange.Redis;

namespace Shop.Cart.Carts;

/// <summary>
/// Stores carts in Redis. A cart is a hash of SKU to quantity and unit price: <c>COF-0204 → 2 1490 EUR</c>. Every change is a single
/// atomic command or script, so that concurrent changes of a cart, for example by a request and by a confirmed order, do not overwrite
/// each other.
/// </summary>
internal sealed class CartStore(IConnectionMultiplexer redis, IOptions<CartOptions> options)
{
    // KEYS: cart. ARGV: SKU, quantity, price or empty, maximum number of lines, TTL in seconds.
    // Returns a SetLineResult. Without a price, the line keeps its previous price.
    private const string SetLineScript =
        """
        local current = redis.call('HGET', KEYS[1], ARGV[1])
        if not current and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then
          return -1
        end
        local price = ARGV[3]
        if price == '' and current then
          price = string.match(current, ' .*') or ''
        end
        local added = redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. price)
        redis.call('EXPIRE', KEYS[1], ARGV[5])
        return added
        """;

    // KEYS: cart. ARGV: SKU, units, price or empty, maximum number of lines, TTL in seconds, maximum quantity.
    // Returns a SetLineResult, the quantity before and after, and the units in the cart. Without a price, the line keeps its previous one.
    private const string AddUnitsScript =
        """
        local current = redis.call('HGET', KEYS[1], ARGV[1])
        if not current and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then
          return {-1, 0, 0, 0}
        end
        local before, kept = string.match(current or '0', '^(%d+)(.*)$')
        local price = ARGV[3] == '' and kept or ARGV[3]
        local after = math.min(tonumber(before) + tonumber(ARGV[2]), tonumber(ARGV[6]))
        redis.call('HSET', KEYS[1], ARGV[1], after .. price)
        redis.call('EXPIRE', KEYS[1], ARGV[5])
        local total = 0
        for _, line in ipairs(redis.call('HVALS', KEYS[1])) do
          total = total + tonumber(string.match(line, '^(%d+)'))
        end
        return {current and 0 or 1, tonumber(before), after, total}
        """;

    // KEYS: cart, mark of the order, and the checkout in progress if it is to be ended as well. ARGV: order id, TTL of the mark in seconds,
    // then SKU and quantity of each purchased line.
    // Returns whether this call has set the mark: SKU and quantity of the purchased units that the cart did not contain, separated by
    // spaces. Earlier versions set the mark to 1. Returns -1 and changes nothing if the checkout is to be ended and its cart was merged.
    private const string RemovePurchasedLinesScript =
        """
        local isEnded = false
        if KEYS[3] then
          local checkout = redis.call('HMGET', KEYS[3], 'order-id', 'merged-into')
          isEnded = checkout[1] == ARGV[1]
          if isEnded and checkout[2] then
            return -1
          end
        end
        local isMarked = redis.call('EXISTS', KEYS[2]) == 1
        if not isMarked then
          local missing = {}
          for i = 3, #ARGV, 2 do
            local purchased = tonumber(ARGV[i + 1])
            local line = redis.call('HGET', KEYS[1], ARGV[i])
            local quantity, price = string.match(line or '0', '^(%d+)(.*)$')
            local remaining = tonumber(quantity) - purchased
            if remaining > 0 then
              redis.call('HSET', KEYS[1], ARGV[i], remaining .. price)
            elseif line then
              redis.call('HDEL', KEYS[1], ARGV[i])
            end
            if remaining < 0 then
              missing[#missing + 1] = ARGV[i]
              missing[#missing + 1] = -remaining
            end
          end
          redis.call('SET', KEYS[2], table.concat(missing, ' '), 'EX', ARGV[2])
        end
        if isEnded then
          redis.call('DEL', KEYS[3])
        end
        return isMarked and 0 or 1
        """;

    // Share of the time to live below which a read restarts it: of 14 days, all but the first 3 hours.
    private const double MinRemainingTtl = 0.99;

    private IDatabase Database => redis.GetDatabase();

    private long TtlSeconds => (long)options.Value.TimeToLive.TotalSeconds;

    /// <summary>Returns the lines of a cart in ascending order of their SKUs. A cart that does not exist is empty.</summary>
    public async Task<IReadOnlyList<CartLine>> ReadAsync(string cartId, CancellationToken cancellationToken)
    {
        var lines = await Database.HashGetAllAsync(CartKeys.Lines(cartId)).WaitAsync(cancellationToken);
        return [.. lines.Select(entry => CartLine.Parse(entry.Name!, entry.Value!)).OrderBy(line => line.Sku, StringComparer.Ordinal)];
    }

    /// <summary>Returns the lines of a cart as <see cref="ReadAsync"/> does, and restarts its time to live.</summary>
    public async Task<IReadOnlyList<CartLine>> ReadAndRefreshTtlAsync(string cartId, CancellationToken cancellationToken)
    {
        // The first commands are pipelined: one round trip, unless the time to live has to be restarted.
        var refreshed = RefreshTtlAsync(cartId);
        var lines = await ReadAsync(cartId, cancellationToken);
        await refreshed.WaitAsync(cancellationToken);
        return lines;
    }

    // A cart can be read while the server refuses writes. Its time to live is restarted by a later read, as that of a cart which was
    // used shortly before: the server stores each change of it on disk.
    private async Task RefreshTtlAsync(string cartId)
    {
        var key = CartKeys.Lines(cartId);
        try
        {
            if (await Database.KeyTimeToLiveAsync(key) < options.Value.TimeToLive * MinRemainingTtl)
            {
                await Database.KeyExpireAsync(key, options.Value.TimeToLive);
            }
        }
        catch (Exception exception) when (RedisErrors.IsUnavailable(exception))
        {
        }
    }

    /// <summary>Adds a line, or sets quantity and price of the line with the same SKU.</summary>
    public async Task<SetLineResult> SetLineAsync(string cartId, CartLine line, CancellationToken cancellationToken) =>
        (SetLineResult)(int)await Database.ScriptEvaluateAsync(
            SetLineScript,
            [CartKeys.Lines(cartId)],
            [line.Sku, line.Quantity, CartLine.FormatPrice(line.Price), options.Value.MaxLines, TtlSeconds]).WaitAsync(cancellationToken);

    /// <summary>
    /// Adds units to the line with a SKU, up to <see cref="OrderLimits.MaxQuantity"/>. Creates the line if there is none, and sets its
    /// price.
    /// </summary>
    public async Task<AddUnitsResult> AddUnitsAsync(string cartId, CartLine units, CancellationToken cancellationToken)
    {
        var result = (int[])(await Database.ScriptEvaluateAsync(
            AddUnitsScript,
            [CartKeys.Lines(cartId)],
            [
                units.Sku, units.Quantity, CartLine.FormatPrice(units.Price), options.Value.MaxLines, TtlSeconds, OrderLimits.MaxQuantity,
            ]).WaitAsync(cancellationToken))!;
        return new((SetLineResult)result[0], result[1], result[2], result[3]);
    }

    /// <summary>Removes a line. Returns false if the cart does not contain the SKU.</summary>
    public Task<bool> RemoveLineAsync(string cartId, string sku, CancellationToken cancellationToken) =>
        Database.HashDeleteAsync(CartKeys.Lines(cartId), sku).WaitAsync(cancellationToken);

    /// <summary>
    /// Removes the purchased units of an order from its cart, once for each order, and ends its checkout, in one atomic step. Changes
    /// nothing and returns null if the cart was merged into another one while the order was in progress:
    /// <see cref="RemovePurchasedLinesAsync"/> then finds the units.
    /// </summary>
    /// <returns>Whether the units were removed by this call and not by an earlier one; null for a merged cart.</returns>
    public async Task<bool?> TryEndCheckoutAsync(
        string cartId, Guid orderId, IEnumerable<CartLine> lines, CancellationToken cancellationToken)
    {
        var result = await RemoveLinesAsync(
            [CartKeys.Lines(cartId), CartKeys.RemovedByOrder(cartId, orderId), CartKeys.CheckoutInProgress(cartId)],
            orderId,
            lines,
            cancellationToken);
        return result < 0 ? null : result == 1;
    }

    /// <summary>
    /// Removes the purchased units of an order from a cart, once for each order. A repeated call returns false and removes nothing, so that
    /// lines added after the first call are not lost. Units that were merged into another cart while the order was in progress are removed
    /// from that cart. A call that failed in between is continued by the next one.
    /// </summary>
    /// <param name="cartId">The cart of the order.</param>
    /// <param name="orderId">The order.</param>
    /// <param name="lines">Its lines.</param>
    /// <param name="cancellationToken">Cancels the calls.</param>
    /// <param name="otherCartId">A cart that is being checked out with the order although it is not the cart of the order.</param>
    public async Task<bool> RemovePurchasedLinesAsync(
        string cartId, Guid orderId, IEnumerable<CartLine> lines, CancellationToken cancellationToken, string? otherCartId = null)
    {
        var removed = false;
        string[] found = [cartId, otherCartId ?? cartId];
        while (true)
        {
            // The carts are read again each time, because a merge may move the units in the meantime. Once units were removed from one of
            // the carts, only those that it did not contain are missing, also in a cart that it was merged into later. Each mark contains
            // fewer units than the one before.
            var carts = await FindCartsOfOrderAsync(found, orderId, cancellationToken);
            var marks = await ReadMarksAsync(carts, orderId, cancellationToken);
            var missing = marks.OfType<List<CartLine>>().MinBy(mark => mark.Sum(line => line.Quantity)) ?? lines;

            // Last cart first: units that were merged are in the target, and the source may contain new ones.
            if (carts.Zip(marks).LastOrDefault(cart => cart.Second is null).First is not { } next)
            {
                return removed;
            }

            var isMarked = await RemoveLinesAsync(
                [CartKeys.Lines(next), CartKeys.RemovedByOrder(next, orderId)], orderId, missing, cancellationToken);
            removed |= isMarked == 1 && next == cartId;
        }
    }

    // Returns the result of the script.
    private async Task<int> RemoveLinesAsync(
        RedisKey[] keys, Guid orderId, IEnumerable<CartLine> lines, CancellationToken cancellationToken) =>
        (int)await Database.ScriptEvaluateAsync(
            RemovePurchasedLinesScript,
            keys,
            [
                orderId.ToString(), (long)CartKeys.CheckoutTtl.TotalSeconds,
                .. lines.SelectMany(line => new RedisValue[] { line.Sku, line.Quantity }),
            ]).WaitAsync(cancellationToken);

    /// <summary>Returns the units of an order that each cart did not contain, or null for a cart that none were removed from.</summary>
    private async Task<IReadOnlyList<List<CartLine>?>> ReadMarksAsync(
        IReadOnlyList<string> carts, Guid orderId, CancellationToken cancellationToken)
    {
        // One read for each cart, and not one for all: a Redis Cluster may store them on different nodes.
        var marks = await Task.WhenAll(carts.Select(cart => Database.StringGetAsync(CartKeys.RemovedByOrder(cart, orderId))))
            .WaitAsync(cancellationToken);
        return
        [
            .. marks.Select(mark => (string?)mark is { } units
                ? units.Split(' ').Chunk(2).Where(pair => pair.Length == 2)
                    .Select(pair => new CartLine(pair[0], int.Parse(pair[1], CultureInfo.InvariantCulture))).ToList()
                : null),
        ];
    }

    /// <summary>
    /// Returns the carts, then those that they were merged into while the order was in progress, each once. A cart stands behind the one
    /// from which it was reached.
    /// </summary>
    public async Task<IReadOnlyList<string>> FindCartsOfOrderAsync(
        IEnumerable<string> cartIds, Guid orderId, CancellationToken cancellationToken)
    {
        List<string> carts = [.. cartIds.Distinct()];
        for (var i = 0; i < carts.Count; i++)
        {
            var fields = await Database.HashGetAsync(CartKeys.CheckoutInProgress(carts[i]), ["order-id", "merged-into"])
                .WaitAsync(cancellationToken);
            if (fields[0] == orderId.ToString() && (string?)fields[1] is { } targets)
            {
                carts.AddRange(targets.Split(' ').Except(carts));
            }
        }

        return carts;
    }
}

/// <summary>Result of <see cref="CartStore.SetLineAsync"/>; the values are those that the script returns.</summary>
internal enum SetLineResult
{
    CartFull = -1,
    Changed = 0,
    Added = 1,
}

/// <summary>Result of <see cref="CartStore.AddUnitsAsync"/>.</summary>
/// <param name="Line">What has become of the line.</param>
/// <param name="Before">Units of the line before.</param>
/// <param name="After">Units of the line now.</param>
/// <param name="ItemCount">Units in the cart now.</param>
internal readonly record struct AddUnitsResult(SetLineResult Line, int Before, int After, int ItemCount);
