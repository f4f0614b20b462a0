using System.Security.Cryptography;
using StackExchange.Redis;

namespace Shop.Tests.Integration.Support;

/// <summary>All that is in Redis, as one text to compare: every key with a hash of its value. Times to live may change by looking.</summary>
internal sealed class RedisState : IAsyncDisposable
{
    private readonly ConnectionMultiplexer _redis;

    private RedisState(ConnectionMultiplexer redis) => _redis = redis;

    public static async Task<RedisState> OpenAsync(ShopApp shop) => new(await ConnectionMultiplexer.ConnectAsync(await shop.ConnectionStringAsync("redis")));

    public async Task<string> ReadAsync()
    {
        var keys = await _redis.GetServers()[0].KeysAsync().Select(key => key.ToString()).ToListAsync();
        var values = await Task.WhenAll(keys.Order(StringComparer.Ordinal).Select(async key =>
            $"{key} {Convert.ToHexString(SHA256.HashData(await _redis.GetDatabase().KeyDumpAsync(key) ?? []))}"));
        return string.Join('\n', values);
    }

    /// <summary>Waits until nothing from before is still at work.</summary>
    public async Task<string> WhenQuietAsync()
    {
        var last = "";
        return await Eventually.ReadAsync(ReadAsync, now => now == Interlocked.Exchange(ref last, now));
    }

    public ValueTask DisposeAsync() => _redis.DisposeAsync();
}
