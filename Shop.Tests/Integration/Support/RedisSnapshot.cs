using System.Security.Cryptography;
using StackExchange.Redis;

namespace Shop.Tests.Integration.Support;

/// <summary>
/// Reads the content of Redis as one comparable text: every key with a hash of its value. Reads renew expiry times, which are left out.
/// </summary>
internal sealed class RedisSnapshot : IAsyncDisposable
{
    private readonly ConnectionMultiplexer _redis;

    private RedisSnapshot(ConnectionMultiplexer redis) => _redis = redis;

    public static async Task<RedisSnapshot> OpenAsync(ShopApp shop) =>
        new(await ConnectionMultiplexer.ConnectAsync(await shop.ConnectionStringAsync("redis")));

    public async Task<string> ReadAsync()
    {
        var keys = await _redis.GetServers()[0].KeysAsync().Select(key => key.ToString()).ToListAsync();
        var values = await Task.WhenAll(keys.Order(StringComparer.Ordinal).Select(async key =>
            $"{key} {Convert.ToHexString(SHA256.HashData(await _redis.GetDatabase().KeyDumpAsync(key) ?? []))}"));
        return string.Join('\n', values);
    }

    /// <summary>Waits until two consecutive reads are equal, so that no earlier work is still in progress.</summary>
    public async Task<string> WaitUntilStableAsync()
    {
        var previous = "";
        return await Eventually.ReadAsync(ReadAsync, current => current == Interlocked.Exchange(ref previous, current));
    }

    public ValueTask DisposeAsync() => _redis.DisposeAsync();
}
