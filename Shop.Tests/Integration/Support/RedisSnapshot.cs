using System.Security.Cryptography;
using System.Text;
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

    /// <summary>Returns the content of all keys as text.</summary>
    public async Task<string> ReadTextAsync()
    {
        var text = new StringBuilder();
        await foreach (var key in _redis.GetServers()[0].KeysAsync())
        {
            text.Append(key).Append(' ').AppendJoin(' ', await _redis.GetDatabase().KeyTypeAsync(key) switch
            {
                RedisType.Hash => (await _redis.GetDatabase().HashGetAllAsync(key)).Select(field => $"{field.Name} {field.Value}"),
                RedisType.String => [$"{await _redis.GetDatabase().StringGetAsync(key)}"],
                RedisType.None => [], // expired meanwhile
                var type => throw new NotSupportedException($"{key} is a {type}."),
            }).AppendLine();
        }

        return text.ToString();
    }

    /// <summary>Waits until two consecutive reads are equal, so that no earlier work is still in progress.</summary>
    public async Task<string> WaitUntilStableAsync()
    {
        var previous = "";
        return await Eventually.ReadAsync(ReadAsync, current => current == Interlocked.Exchange(ref previous, current));
    }

    public ValueTask DisposeAsync() => _redis.DisposeAsync();
}
