using System.Security.Cryptography;
using System.Text;

namespace Shop.Cart.Checkout;

/// <summary>
/// Computes order ids. The id depends on the cart id and the idempotency key only, so a repeated checkout has the same order id even if
/// Redis has lost the first one.
/// </summary>
internal static class OrderIds
{
    public static Guid For(string cartId, string idempotencyKey)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{cartId}\n{idempotencyKey}"), hash);

        // RFC 9562, section 5.8: version 8 (custom), variant 10
        hash[6] = (byte)(hash[6] & 0x0F | 0x80);
        hash[8] = (byte)(hash[8] & 0x3F | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}
