using Microsoft.Extensions.Options;
using Shop.Contracts;
using Shop.Orders.Payment.CallBack;

namespace Shop.Tests.Unit.Orders;

public class CallBackSignatureTests
{
    private const string Key = "a-key-that-only-the-provider-and-we-know";

    private static readonly DateTimeOffset _noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly CallBackOptions _options = new() { Key = Key };

    [Fact]
    public async Task What_the_provider_signed_is_genuine()
    {
        var (timestamp, signature, body) = await SignedAsync(Key);
        Assert.Equal(SignatureCheck.Genuine, Check(timestamp, signature, body, _noon, out var id));
        Assert.Equal(32, id.Length);
    }

    [Fact]
    public void The_signature_is_what_its_description_says() =>
        // printf '1700000000.{}' | openssl dgst -sha256 -hmac "$Key"
        Assert.Equal(SignatureCheck.Genuine, Check(
            "1700000000", "v1=70e560cf4ecf8974e9432932864510ecff28f4da8dbe10b8a6f6f5b49d305f8c", "{}"u8.ToArray(), DateTimeOffset.FromUnixTimeSeconds(1700000000), out _));

    [Theory]
    [InlineData(-300, true)]
    [InlineData(300, true)]
    [InlineData(-301, false)]
    [InlineData(301, false)]
    [InlineData(int.MaxValue, false)]
    public async Task It_is_good_for_a_while_only(int secondsLater, bool good)
    {
        var (timestamp, signature, body) = await SignedAsync(Key);
        Assert.Equal(good ? SignatureCheck.Genuine : SignatureCheck.OutOfTime, Check(timestamp, signature, body, _noon.AddSeconds(secondsLater), out _));
    }

    [Fact]
    public async Task A_changed_body_time_or_key_is_forged()
    {
        var (timestamp, signature, body) = await SignedAsync(Key);

        var other = body.ToArray();
        other[^2] ^= 1;
        Assert.Equal(SignatureCheck.Forged, Check(timestamp, signature, other, _noon, out _));
        Assert.Equal(SignatureCheck.Forged, Check(timestamp, signature, [.. body, (byte)' '], _noon, out _));
        Assert.Equal(SignatureCheck.Forged, Check("1" + timestamp, signature, body, _noon, out _));

        var (_, foreign, _) = await SignedAsync(Key.Replace('a', 'b'));
        Assert.Equal(SignatureCheck.Forged, Check(timestamp, foreign, body, _noon, out _));
    }

    [Fact]
    public async Task The_key_before_is_good_as_long_as_it_is_configured()
    {
        var rotated = new CallBackOptions { Key = "another-key-that-has-been-agreed-upon-now", PreviousKey = Key };
        var (timestamp, signature, body) = await SignedAsync(Key);
        Assert.Equal(SignatureCheck.Genuine, CallBackSignature.Check(timestamp, signature, body, rotated, _noon, out _));
        rotated.PreviousKey = null;
        Assert.Equal(SignatureCheck.Forged, CallBackSignature.Check(timestamp, signature, body, rotated, _noon, out _));
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
    public void What_is_no_signature_is_forged(string? timestamp, string? signature) =>
        Assert.Equal(SignatureCheck.Forged, Check(timestamp, signature, [], _noon, out _));

    public static TheoryData<string, Func<ValidateOptionsResult>> BadKnobs => new()
    {
        { "Key", () => Validate(new CallBackOptions()) },
        { "Key", () => Validate(new CallBackOptions { Key = "short" }) },
        { "PreviousKey", () => Validate(new CallBackOptions { Key = Key, PreviousKey = "short" }) },
        { "Window", () => Validate(new CallBackOptions { Key = Key, Window = TimeSpan.Zero }) },
        { "Window", () => Validate(new CallBackOptions { Key = Key, Window = TimeSpan.FromDays(1) }) },
    };

    [Theory]
    [MemberData(nameof(BadKnobs))]
    public void A_knob_at_a_bad_value_is_refused_by_name(string knob, Func<ValidateOptionsResult> validate)
    {
        Assert.True(Validate(new CallBackOptions { Key = Key }).Succeeded);
        Assert.Contains(knob, validate().FailureMessage, StringComparison.Ordinal);
    }

    private static ValidateOptionsResult Validate(CallBackOptions options) => new CallBackOptionsValidator().Validate(null, options);

    private static SignatureCheck Check(string? timestamp, string? signature, byte[] body, DateTimeOffset now, out byte[] id) =>
        CallBackSignature.Check(timestamp, signature, body, _options, now, out id);

    private static async Task<(string Timestamp, string Signature, byte[] Body)> SignedAsync(string key)
    {
        var callBack = new PaymentCallBack(Guid.NewGuid(), new Money(1500, "EUR"), "accepted");
        using var request = CallBackSignature.Sign(new Uri("http://localhost/payment/confirm"), callBack, key, _noon);
        return (
            request.Headers.GetValues(CallBackSignature.TimestampHeader).Single(),
            request.Headers.GetValues(CallBackSignature.SignatureHeader).Single(),
            await request.Content!.ReadAsByteArrayAsync());
    }
}
