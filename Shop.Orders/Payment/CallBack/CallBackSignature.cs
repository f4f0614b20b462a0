using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Shop.Orders.Payment.CallBack;

/// <summary>
/// Proves that a call-back is the provider's and when it was made: <c>Payment-Signature: v1=HEX</c>, where HEX is HMAC-SHA256 over
/// <c>TIMESTAMP.BODY</c>, and <c>Payment-Timestamp: TIMESTAMP</c> in seconds since 1970.
/// </summary>
internal static class CallBackSignature
{
    public const string TimestampHeader = "Payment-Timestamp";
    public const string SignatureHeader = "Payment-Signature";

    private const string Prefix = "v1=";

    public static HttpRequestMessage Sign(Uri address, PaymentCallBack callBack, string key, DateTimeOffset now)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(callBack, JsonSerializerOptions.Web);
        var timestamp = now.ToUnixTimeSeconds();
        return new HttpRequestMessage(HttpMethod.Post, address)
        {
            Headers =
            {
                { TimestampHeader, timestamp.ToString(CultureInfo.InvariantCulture) },
                { SignatureHeader, Prefix + Convert.ToHexStringLower(Hash(key, timestamp, body)) },
            },
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
    }

    /// <summary>Whether it is genuine, and if so its bytes, which no other call-back has.</summary>
    public static SignatureCheck Check(string? timestampHeader, string? signatureHeader, ReadOnlySpan<byte> body, CallBackOptions options, DateTimeOffset now, out byte[] signature)
    {
        signature = [];
        if (!long.TryParse(timestampHeader, NumberStyles.None, CultureInfo.InvariantCulture, out var timestamp)
            || signatureHeader is null || !signatureHeader.StartsWith(Prefix, StringComparison.Ordinal))
            return SignatureCheck.Forged;

        var given = new byte[HMACSHA256.HashSizeInBytes];
        if (Convert.FromHexString(signatureHeader.AsSpan(Prefix.Length), given, out _, out var length) is not System.Buffers.OperationStatus.Done || length != given.Length)
            return SignatureCheck.Forged;

        // Both keys are tried whatever the first one says, and compared in the same time wherever they differ.
        var genuine = CryptographicOperations.FixedTimeEquals(given, Hash(options.Key, timestamp, body));
        genuine |= options.PreviousKey is { } previous && CryptographicOperations.FixedTimeEquals(given, Hash(previous, timestamp, body));
        if (!genuine)
            return SignatureCheck.Forged;

        signature = given;
        return Math.Abs((decimal)now.ToUnixTimeSeconds() - timestamp) <= (decimal)options.Window.TotalSeconds ? SignatureCheck.Genuine : SignatureCheck.OutOfTime;
    }

    private static byte[] Hash(string key, long timestamp, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(key));
        hmac.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{timestamp}.")));
        hmac.AppendData(body);
        return hmac.GetHashAndReset();
    }
}

internal enum SignatureCheck
{
    Genuine,
    Forged,

    /// <summary>Genuine, and from too long ago, or from the future.</summary>
    OutOfTime,
}
