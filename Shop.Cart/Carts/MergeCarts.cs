using System.Globalization;
using Microsoft.Extensions.Options;
using Shop.Contracts;
using StackExchange.Redis;

namespace Shop.Cart.Carts;

/// <summary>
/// Moves the lines of a source cart into a target cart, for example from a visitor's cart into the member's cart after sign-in. The merge
/// is one atomic script: no reader sees a line in both carts or in neither. A repeated merge moves nothing and returns the same result.
/// </summary>
/// <remarks>This is the only operation on two carts. A Redis Cluster that stores them on different nodes rejects it (CROSSSLOT).</remarks>
internal sealed class MergeCarts(IConnectionMultiplexer redis, IOptions<CartOptions> options, ILogger<MergeCarts> log)
{
    private static readonly TimeSpan _resultTtl = TimeSpan.FromDays(1);

    // KEYS: target cart, source cart, result of this merge, id of the cart that the source was merged into, id of the cart that the target
    // was merged into, checkout in progress of the target, checkout in progress of the source. The target is in use again, so its own merge
    // target is deleted. A checkout of the source is also one of the target, which now has its lines.
    // ARGV: maximum number of lines, maximum quantity, TTL of the cart in seconds, TTL of the result in seconds, id of the target cart,
    // TTL of a checkout in seconds.
    // Returns the limited lines, each as "sku requested merged". A line for which the target has no room stays in the source.
    private const string MergeScript =
        """
        local skus = redis.call('HKEYS', KEYS[2])
        table.sort(skus)
        local limited, moved = {}, false
        for _, sku in ipairs(skus) do
          local source = redis.call('HGET', KEYS[2], sku)
          local target = redis.call('HGET', KEYS[1], sku)
          if target then
            local added = string.match(source, '^(%d+)')
            local current, price = string.match(target, '^(%d+)(.*)$')
            local requested = tonumber(current) + tonumber(added)
            local merged = math.min(requested, tonumber(ARGV[2]))
            redis.call('HSET', KEYS[1], sku, merged .. price)
            redis.call('HDEL', KEYS[2], sku)
            moved = true
            if merged < requested then
              limited[#limited + 1] = sku .. ' ' .. requested .. ' ' .. merged
            end
          elseif redis.call('HLEN', KEYS[1]) < tonumber(ARGV[1]) then
            redis.call('HSET', KEYS[1], sku, source)
            redis.call('HDEL', KEYS[2], sku)
            moved = true
          else
            limited[#limited + 1] = sku .. ' ' .. string.match(source, '^(%d+)') .. ' 0'
          end
        end
        if not moved then
          return redis.call('GET', KEYS[3]) or table.concat(limited, '\n')
        end
        redis.call('EXPIRE', KEYS[1], ARGV[3])
        redis.call('SET', KEYS[3], table.concat(limited, '\n'), 'EX', ARGV[4])
        redis.call('SET', KEYS[4], ARGV[5], 'EX', ARGV[3])
        redis.call('DEL', KEYS[5])
        local checkout = redis.call('GET', KEYS[7])
        if checkout then
          redis.call('SET', KEYS[6], checkout, 'NX', 'EX', ARGV[6])
        end
        return table.concat(limited, '\n')
        """;

    /// <summary>Merges the source cart into the cart and returns the lines that exceeded a limit.</summary>
    public async Task<IReadOnlyList<LimitedLine>> MergeAsync(string cartId, string sourceCartId, CancellationToken cancellationToken)
    {
        var limited = (string?)await redis.GetDatabase().ScriptEvaluateAsync(
            MergeScript,
            [
                CartKeys.Lines(cartId), CartKeys.Lines(sourceCartId),
                CartKeys.MergedFrom(cartId, sourceCartId), CartKeys.MergedInto(sourceCartId), CartKeys.MergedInto(cartId),
                CartKeys.CheckoutInProgress(cartId), CartKeys.CheckoutInProgress(sourceCartId),
            ],
            [
                options.Value.MaxLines, OrderLimits.MaxQuantity,
                (long)options.Value.TimeToLive.TotalSeconds, (long)_resultTtl.TotalSeconds, cartId,
                (long)CartKeys.CheckoutTtl.TotalSeconds,
            ]).WaitAsync(cancellationToken);

        var lines = (limited ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse).ToList();
        log.CartsMerged(sourceCartId, cartId, lines.Count);
        return lines;
    }

    private static LimitedLine Parse(string line)
    {
        var parts = line.Split(' ');
        return new LimitedLine(
            parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture), int.Parse(parts[2], CultureInfo.InvariantCulture));
    }
}

/// <param name="Sku">SKU of the product.</param>
/// <param name="RequestedQuantity">Units in both carts in total.</param>
/// <param name="MergedQuantity">Units in the merged cart; 0 if it has no room for the line, which then stays in the source cart.</param>
public sealed record LimitedLine(string Sku, int RequestedQuantity, int MergedQuantity);
