using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Shop.Cart.Checkout;

/// <summary>Detects whether a repeated request has the same body as the first one, without storing the body.</summary>
internal static class RequestFingerprint
{
    // Keyed with cart id and idempotency key, so that equal bodies have different fingerprints and the checkouts of a customer cannot be
    // correlated in Redis.
    public static string Compute(string cartId, string idempotencyKey, CheckoutRequest request) => Convert.ToBase64String(
        HMACSHA256.HashData(Encoding.UTF8.GetBytes($"{cartId}\n{idempotencyKey}"), JsonSerializer.SerializeToUtf8Bytes(request)));
}
