using System.Globalization;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Shop.Cart.Carts;

/// <summary>
/// Moves what is in one cart into another: what was put in before signing in comes to what the member had. One atomic step, so that
/// nobody sees a line in both or in neither, and a second try finds nothing left to move and is told the same.
/// </summary>
/// <remarks>The only step over two carts: a Redis Cluster, which keeps them on different nodes, refuses it (CROSSSLOT).</remarks>
internal sealed class MergingCarts(IConnectionMultiplexer redis, IOptions<CartOptions> options)
{
    private static readonly TimeSpan _memory = TimeSpan.FromDays(1);

    // KEYS: cart, other cart, what was told of this merge, where the other went. ARGV: most lines, most pieces, life in seconds, memory in
    // seconds, the cart's id
    // Answers with what did not fit, as lines of "sku wanted kept". A line for which there is no room stays where it is.
    private const string Merge =
        """
        local skus = redis.call('HKEYS', KEYS[2])
        table.sort(skus)
        local told, moved = {}, false
        for _, sku in ipairs(skus) do
          local line = redis.call('HGET', KEYS[2], sku)
          local there = redis.call('HGET', KEYS[1], sku)
          if there then
            local quantity = string.match(line, '^(%d+)')
            local before, price = string.match(there, '^(%d+)(.*)$')
            local wanted = tonumber(before) + tonumber(quantity)
            local kept = math.min(wanted, tonumber(ARGV[2]))
            redis.call('HSET', KEYS[1], sku, kept .. price)
            redis.call('HDEL', KEYS[2], sku)
            moved = true
            if kept < wanted then
              told[#told + 1] = sku .. ' ' .. wanted .. ' ' .. kept
            end
          elseif redis.call('HLEN', KEYS[1]) < tonumber(ARGV[1]) then
            redis.call('HSET', KEYS[1], sku, line)
            redis.call('HDEL', KEYS[2], sku)
            moved = true
          else
            told[#told + 1] = sku .. ' ' .. string.match(line, '^(%d+)') .. ' 0'
          end
        end
        if not moved then
          return redis.call('GET', KEYS[3]) or table.concat(told, '\n')
        end
        redis.call('EXPIRE', KEYS[1], ARGV[3])
        redis.call('SET', KEYS[3], table.concat(told, '\n'), 'EX', ARGV[4])
        redis.call('SET', KEYS[4], ARGV[5], 'EX', ARGV[3])
        return table.concat(told, '\n')
        """;

    /// <summary>Returns the lines that could not be merged as they were.</summary>
    public async Task<IReadOnlyList<MergeLimit>> MergeAsync(string cartId, string from, CancellationToken cancellationToken)
    {
        var told = (string?)await redis.GetDatabase().ScriptEvaluateAsync(
            Merge,
            [CartStore.CartKey(cartId), CartStore.CartKey(from), $"{CartStore.CartKey(cartId)}:merged:{from}", CartStore.MovedToKey(from)],
            [options.Value.MostLines, CartRules.MostPieces, (long)options.Value.Life.TotalSeconds, (long)_memory.TotalSeconds, cartId]).WaitAsync(cancellationToken);
        return
        [
            .. from line in (told ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries)
               let parts = line.Split(' ')
               select new MergeLimit(parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture), int.Parse(parts[2], CultureInfo.InvariantCulture)),
        ];
    }
}

/// <param name="Sku">The product's number.</param>
/// <param name="Wanted">Pieces in both carts together.</param>
/// <param name="Kept">Pieces in the merged cart now. 0 when it has as many lines as it can hold; then the line is still in the other cart.</param>
public sealed record MergeLimit(string Sku, int Wanted, int Kept);
