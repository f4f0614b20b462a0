using System.Net;
using System.Runtime.InteropServices;

namespace Shop.Web.RequestLimits;

/// <summary>
/// Limits the rate of requests of each address. Addresses of one IPv6 network of a customer count as one. It has no timer: a service
/// without requests does nothing for it.
/// </summary>
/// <param name="interval">The time after which an address may send one more request.</param>
/// <param name="burst">The number of requests accepted at once after a pause.</param>
/// <param name="time">The clock.</param>
public sealed class AddressRateLimit(TimeSpan interval, int burst, TimeProvider time)
{
    private const int Ipv4Bytes = 4;
    private const int Ipv6Bytes = 16;

    // A provider assigns at least a /64 network to each customer.
    private const int Ipv6NetworkBytes = 8;

    private readonly RateLimitBuckets _buckets = new(interval, burst, time);

    internal AddressRateLimit(RateLimit limit, TimeProvider time)
        : this(TimeSpan.FromSeconds(1) / limit.RequestsPerSecond, limit.Burst, time)
    {
    }

    /// <summary>Counts a request, unless its address has sent too many.</summary>
    /// <param name="address">The address of the caller; null for a Unix domain socket.</param>
    /// <param name="retryAfter">The time until a request is accepted again, if this one is not.</param>
    /// <returns><see langword="true"/> if the request is accepted.</returns>
    public bool TryTake(IPAddress? address, out TimeSpan retryAfter) =>
        _buckets.TryTake(GetKey(address, stackalloc byte[Ipv6Bytes]), out retryAfter);

    /// <summary>Does not count a request any more.</summary>
    /// <param name="address">The address of <see cref="TryTake"/>.</param>
    public void GiveBack(IPAddress? address) => _buckets.GiveBack(GetKey(address, stackalloc byte[Ipv6Bytes]));

    private static ReadOnlySpan<char> GetKey(IPAddress? address, Span<byte> bytes)
    {
        address?.TryWriteBytes(bytes, out _);
        return MemoryMarshal.Cast<byte, char>(address switch
        {
            null => [],
            { IsIPv4MappedToIPv6: true } => bytes[^Ipv4Bytes..],
            { AddressFamily: System.Net.Sockets.AddressFamily.InterNetwork } => bytes[..Ipv4Bytes],
            _ => bytes[..Ipv6NetworkBytes],
        });
    }
}
