using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Shop.Cart.Checkout;

/// <summary>The order id of a checkout follows from cart and key alone: the same, even when Redis has forgotten the checkout.</summary>
internal static class OrderIds
{
    public static Guid For(string cartId, string key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{cartId}\n{key}"), hash);

        // RFC 9562, version 8: a UUID whose bits are ours
        hash[6] = (byte)(hash[6] & 0x0F | 0x80);
        hash[8] = (byte)(hash[8] & 0x3F | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}

/// <summary>Tells whether a repeated request says the same as the first, without keeping what it said.</summary>
internal static class Fingerprint
{
    // Keyed with what only this checkout has, so that equal customers do not show as equal values in Redis.
    public static string Of(string cartId, string key, CheckoutRequest request) => Convert.ToBase64String(
        HMACSHA256.HashData(Encoding.UTF8.GetBytes($"{cartId}\n{key}"), JsonSerializer.SerializeToUtf8Bytes(request)));
}
