using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Shop.Orders.Payment.Webhook;

/// <summary>
/// Signs and verifies webhooks: <c>Payment-Timestamp: TIMESTAMP</c>, in seconds since 1970, and <c>Payment-Signature: v1=HEX</c>, where HEX
/// is the HMAC-SHA256 of <c>TIMESTAMP.BODY</c>.
/// </summary>
internal static class WebhookSignature
{
    public const string TimestampHeader = "Payment-Timestamp";
    public const string SignatureHeader = "Payment-Signature";

    private const string Prefix = "v1=";

    /// <summary>Creates a signed webhook request.</summary>
    public static HttpRequestMessage CreateRequest(Uri url, PaymentWebhookRequest webhook, string key, DateTimeOffset now)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(webhook, JsonSerializerOptions.Web);
        var timestamp = now.ToUnixTimeSeconds();
        return new HttpRequestMessage(HttpMethod.Post, url)
        {
            Headers =
            {
                { TimestampHeader, timestamp.ToString(CultureInfo.InvariantCulture) },
                { SignatureHeader, Prefix + Convert.ToHexStringLower(ComputeHash(key, timestamp, body)) },
            },
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
    }

    /// <summary>Verifies the signature of a webhook.</summary>
    /// <param name="timestampHeader">The value of <see cref="TimestampHeader"/>.</param>
    /// <param name="signatureHeader">The value of <see cref="SignatureHeader"/>.</param>
    /// <param name="body">The request body.</param>
    /// <param name="options">The keys and the timestamp tolerance.</param>
    /// <param name="now">The current time.</param>
    /// <param name="signature">The bytes of a valid signature, which are unique to the request; empty if the signature is invalid.</param>
    public static SignatureVerificationResult Verify(
        string? timestampHeader,
        string? signatureHeader,
        ReadOnlySpan<byte> body,
        PaymentWebhookOptions options,
        DateTimeOffset now,
        out byte[] signature)
    {
        signature = [];
        if (!long.TryParse(timestampHeader, NumberStyles.None, CultureInfo.InvariantCulture, out var timestamp)
            || signatureHeader is null
            || !signatureHeader.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return SignatureVerificationResult.InvalidSignature;
        }

        var received = new byte[HMACSHA256.HashSizeInBytes];
        var status = Convert.FromHexString(signatureHeader.AsSpan(Prefix.Length), received, out _, out var length);
        if (status is not OperationStatus.Done || length != received.Length)
        {
            return SignatureVerificationResult.InvalidSignature;
        }

        // Both keys are always tried, and the comparison takes constant time, so the duration reveals nothing about a key.
        var valid = CryptographicOperations.FixedTimeEquals(received, ComputeHash(options.Key, timestamp, body));
        valid |= options.PreviousKey is { } previousKey
            && CryptographicOperations.FixedTimeEquals(received, ComputeHash(previousKey, timestamp, body));
        if (!valid)
        {
            return SignatureVerificationResult.InvalidSignature;
        }

        signature = received;
        return Math.Abs((decimal)now.ToUnixTimeSeconds() - timestamp) <= (decimal)options.TimestampTolerance.TotalSeconds
            ? SignatureVerificationResult.Valid
            : SignatureVerificationResult.TimestampOutOfRange;
    }

    private static byte[] ComputeHash(string key, long timestamp, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(key));
        hmac.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{timestamp}.")));
        hmac.AppendData(body);
        return hmac.GetHashAndReset();
    }
}
