using Shop.Contracts;
using Shop.Orders.Payment.Webhook;

namespace Shop.Tests.Unit.Orders;

public class WebhookSignatureTests
{
    private const string Key = "the-webhook-key-of-these-tests-1234567890";

    private static readonly DateTimeOffset _now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly PaymentWebhookOptions _options = new() { Key = Key };

    [Fact]
    public async Task Signed_request_is_valid()
    {
        var (timestamp, signature, body) = await SignAsync(Key);
        Assert.Equal(SignatureVerificationResult.Valid, Verify(timestamp, signature, body, _now, out var signatureBytes));
        Assert.Equal(32, signatureBytes.Length);
    }

    [Fact]
    public void Signature_is_the_hmac_of_timestamp_and_body() =>
        // printf '1700000000.{}' | openssl dgst -sha256 -hmac "$Key"
        Assert.Equal(SignatureVerificationResult.Valid, Verify(
            "1700000000",
            "v1=fd971222c953b7a2812061466fec9fc397383fc64f0c95dd7fb295372e34e4f6",
            "{}"u8.ToArray(),
            DateTimeOffset.FromUnixTimeSeconds(1700000000),
            out _));

    [Theory]
    [InlineData(-300, true)]
    [InlineData(300, true)]
    [InlineData(-301, false)]
    [InlineData(301, false)]
    [InlineData(int.MaxValue, false)]
    public async Task Timestamp_outside_the_tolerance_is_out_of_range(int secondsLater, bool valid)
    {
        var (timestamp, signature, body) = await SignAsync(Key);
        Assert.Equal(
            valid ? SignatureVerificationResult.Valid : SignatureVerificationResult.TimestampOutOfRange,
            Verify(timestamp, signature, body, _now.AddSeconds(secondsLater), out _));
    }

    [Fact]
    public async Task Signature_is_invalid_when_the_body_the_timestamp_or_the_key_differs()
    {
        var (timestamp, signature, body) = await SignAsync(Key);

        var changedBody = body.ToArray();
        changedBody[^2] ^= 1;
        Assert.Equal(SignatureVerificationResult.InvalidSignature, Verify(timestamp, signature, changedBody, _now, out _));
        Assert.Equal(SignatureVerificationResult.InvalidSignature, Verify(timestamp, signature, [.. body, (byte)' '], _now, out _));
        Assert.Equal(SignatureVerificationResult.InvalidSignature, Verify("1" + timestamp, signature, body, _now, out _));

        var (_, otherSignature, _) = await SignAsync(Key.Replace('e', 'f'));
        Assert.Equal(SignatureVerificationResult.InvalidSignature, Verify(timestamp, otherSignature, body, _now, out _));
    }

    [Fact]
    public async Task Previous_key_is_valid_while_it_is_configured()
    {
        var options = new PaymentWebhookOptions { Key = "the-next-webhook-key-of-these-tests-123456", PreviousKey = Key };
        var (timestamp, signature, body) = await SignAsync(Key);
        Assert.Equal(SignatureVerificationResult.Valid, WebhookSignature.Verify(timestamp, signature, body, options, _now, out _));
        options.PreviousKey = null;
        Assert.Equal(
            SignatureVerificationResult.InvalidSignature, WebhookSignature.Verify(timestamp, signature, body, options, _now, out _));
    }

    [Theory]
    [InlineData(null, "v1=00")]
    [InlineData("1", null)]
    [InlineData("", "")]
    [InlineData("-1", "v1=0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("1", "0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("1", "v2=0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("1", "v1=000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("1", "v1=00000000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("1", "v1=zz00000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("99999999999999999999", "v1=0000000000000000000000000000000000000000000000000000000000000000")]
    public void Malformed_header_is_invalid(string? timestamp, string? signature) =>
        Assert.Equal(SignatureVerificationResult.InvalidSignature, Verify(timestamp, signature, [], _now, out _));

    private static SignatureVerificationResult Verify(
        string? timestamp, string? signature, byte[] body, DateTimeOffset now, out byte[] signatureBytes) =>
        WebhookSignature.Verify(timestamp, signature, body, _options, now, out signatureBytes);

    private static async Task<(string Timestamp, string Signature, byte[] Body)> SignAsync(string key)
    {
        var webhook = new PaymentWebhookRequest(Guid.NewGuid(), new Money(1500, "EUR"), "accepted");
        using var request = WebhookSignature.CreateRequest(new Uri("http://localhost/payment/confirm"), webhook, key, _now);
        return (
            request.Headers.GetValues(WebhookSignature.TimestampHeader).Single(),
            request.Headers.GetValues(WebhookSignature.SignatureHeader).Single(),
            await request.Content!.ReadAsByteArrayAsync());
    }
}
