using System.Globalization;
using Microsoft.Extensions.Options;
using Shop.Cart.Checkout;
using Shop.Contracts;
using StackExchange.Redis;

namespace Shop.Cart.Carts;

/// <summary>
/// Moves the lines of a source cart into a target cart, for example from a visitor's cart into the member's cart after sign-in. The merge
/// is one atomic script: no reader sees a line in both carts or in neither. A repeated merge moves nothing and returns the same result.
/// </summary>
/// <remarks>This is the only operation on two carts. A Redis Cluster that stores them on different nodes rejects it (CROSSSLOT).</remarks>
internal sealed class MergeCarts(
    IConnectionMultiplexer redis,
    IOptions<CartOptions> options,
    CheckoutStore checkouts,
    ReplaceCheckout replaceCheckout,
    ILogger<MergeCarts> log)
{
    // The lines of the order are looked for in all of them when it is confirmed.
    private const int MaxTargets = 8;

    private static readonly TimeSpan _resultTtl = TimeSpan.FromDays(1);

    // KEYS: target cart, source cart, result of this merge, checkout in progress of the target, checkout in progress of the source. A
    // checkout of the source is also one of the target, which now has its lines, and the source remembers where they are.
    // ARGV: maximum number of lines, maximum quantity, TTL of the cart in seconds, TTL of the result in seconds, id of the target cart,
    // TTL of a checkout in seconds, maximum number of targets of a checkout in progress.
    // Returns the limited lines, each as "sku requested merged", or an array of the orders if both carts are being checked out, or if the
    // source is being checked out and was merged into too many carts. A line for which the target has no room stays in the source.
    private const string MergeScript =
        """
        local skus = redis.call('HKEYS', KEYS[2])
        table.sort(skus)
        local targetOrder = redis.call('HGET', KEYS[4], 'order-id')
        local sourceOrder = redis.call('HGET', KEYS[5], 'order-id')
        if #skus > 0 and targetOrder and sourceOrder and targetOrder ~= sourceOrder then
          return {targetOrder, sourceOrder}
        end
        local targets = sourceOrder and redis.call('HGET', KEYS[5], 'merged-into') or ''
        local isNewTarget = not string.find(' ' .. targets .. ' ', ' ' .. ARGV[5] .. ' ', 1, true)
        if #skus > 0 and isNewTarget and select(2, string.gsub(targets, '%S+', '')) >= tonumber(ARGV[7]) then
          return {sourceOrder, sourceOrder}
        end
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
        if sourceOrder then
          if isNewTarget then
            redis.call('HSET', KEYS[5], 'merged-into', targets == '' and ARGV[5] or targets .. ' ' .. ARGV[5])
          end
          if not targetOrder then
            redis.call('HSET', KEYS[4], 'order-id', sourceOrder, 'cart-id', redis.call('HGET', KEYS[5], 'cart-id'))
            redis.call('EXPIRE', KEYS[4], ARGV[6])
          end
        end
        return table.concat(limited, '\n')
        """;

    /// <summary>
    /// Merges the source cart into the cart, unless each of them is being checked out with an order of its own: a cart has one checkout at
    /// a time. A checkout whose order has ended is ended first.
    /// </summary>
    public async Task<MergeResult> MergeAsync(string cartId, string sourceCartId, CancellationToken cancellationToken)
    {
        var result = await TryMergeAsync(cartId, sourceCartId, cancellationToken);
        if (result is MergeResult.Merged)
        {
            return result;
        }

        foreach (var id in (string[])[cartId, sourceCartId])
        {
            if (await checkouts.FindInProgressAsync(id, cancellationToken) is { } inProgress)
            {
                await replaceCheckout.EndIfOverAsync(id, inProgress, cancellationToken);
            }
        }

        return await TryMergeAsync(cartId, sourceCartId, cancellationToken);
    }

    private async Task<MergeResult> TryMergeAsync(string cartId, string sourceCartId, CancellationToken cancellationToken)
    {
        var result = await redis.GetDatabase().ScriptEvaluateAsync(
            MergeScript,
            [
                CartKeys.Lines(cartId), CartKeys.Lines(sourceCartId),
                CartKeys.MergedFrom(cartId, sourceCartId),
                CartKeys.CheckoutInProgress(cartId), CartKeys.CheckoutInProgress(sourceCartId),
            ],
            [
                options.Value.MaxLines, OrderLimits.MaxQuantity,
                (long)options.Value.TimeToLive.TotalSeconds, (long)_resultTtl.TotalSeconds, cartId,
                (long)CartKeys.CheckoutTtl.TotalSeconds, MaxTargets,
            ]).WaitAsync(cancellationToken);

        if (result.Resp2Type is ResultType.Array)
        {
            return new MergeResult.CheckoutsInProgress([.. ((string[])result!).Select(Guid.Parse)]);
        }

        var lines = ((string?)result ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse).ToList();
        log.CartsMerged(sourceCartId, cartId, lines.Count);
        return new MergeResult.Merged(lines);
    }

    private static LimitedLine Parse(string line)
    {
        var parts = line.Split(' ');
        return new LimitedLine(
            parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture), int.Parse(parts[2], CultureInfo.InvariantCulture));
    }
}

/// <summary>Result of <see cref="MergeCarts.MergeAsync"/>.</summary>
internal abstract record MergeResult
{
    /// <summary>The source cart was merged into the cart.</summary>
    /// <param name="LimitedLines">The lines that exceeded a limit.</param>
    public sealed record Merged(IReadOnlyList<LimitedLine> LimitedLines) : MergeResult;

    /// <summary>Both carts are being checked out. Nothing was merged.</summary>
    /// <param name="OrderIds">The order of the cart and the order of the source cart.</param>
    public sealed record CheckoutsInProgress(IReadOnlyList<Guid> OrderIds) : MergeResult;
}

/// <param name="Sku">SKU of the product.</param>
/// <param name="RequestedQuantity">Units in both carts in total.</param>
/// <param name="MergedQuantity">Units in the merged cart; 0 if it has no room for the line, which then stays in the source cart.</param>
public sealed record LimitedLine(string Sku, int RequestedQuantity, int MergedQuantity);
