using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Shop.Data.PersonalData;

namespace Shop.Tests.Unit.Data;

public class PersonalDataProtectorTests
{
    private const string FirstKey = "the-first-secret-of-at-least-32-characters";
    private const string SecondKey = "the-second-secret-of-at-least-32-characters";

    private static readonly byte[] _order = Guid.NewGuid().ToByteArray();
    private static readonly byte[] _ada = Encoding.UTF8.GetBytes("Ada Lovelace, 12 St James's Square, London");

    [Fact]
    public void Protected_data_is_unreadable_until_it_is_unprotected()
    {
        var protector = Protector(("1", FirstKey));
        var value = protector.Protect(_ada, _order);
        Assert.Equal("1", value.KeyId);
        Assert.DoesNotContain("Ada", Encoding.Latin1.GetString(value.Data), StringComparison.Ordinal);
        Assert.Equal(_ada, protector.Unprotect(value, _order));
        Assert.Empty(protector.Unprotect(protector.Protect([], _order), _order));
    }

    [Fact]
    public void Same_data_is_encrypted_differently_each_time()
    {
        var protector = Protector(("1", FirstKey));
        Assert.NotEqual(protector.Protect(_ada, _order).Data, protector.Protect(_ada, _order).Data);
    }

    [Fact]
    public void Change_of_any_bit_or_length_is_detected()
    {
        var protector = Protector(("1", FirstKey));
        var value = protector.Protect(_ada, _order);
        for (var bit = 0; bit < value.Data.Length * 8; bit++)
        {
            var data = value.Data.ToArray();
            data[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.ThrowsAny<CryptographicException>(() => protector.Unprotect(value with { Data = data }, _order));
        }

        for (var length = 0; length < value.Data.Length; length++)
        {
            Assert.ThrowsAny<CryptographicException>(() => protector.Unprotect(value with { Data = value.Data[..length] }, _order));
        }
    }

    [Fact]
    public void Replaced_secret_of_a_key_is_named_by_the_error_and_changes_the_fingerprint()
    {
        var (before, after) = (Protector(("1", FirstKey)), Protector(("1", SecondKey)));
        var error = Assert.ThrowsAny<CryptographicException>(() => after.Unprotect(before.Protect(_ada, _order), _order));
        Assert.Contains("'1'", error.Message, StringComparison.Ordinal);

        Assert.Equal(before.GetFingerprint("1"), Protector(("2", SecondKey), ("1", FirstKey)).GetFingerprint("1"));
        Assert.NotEqual(before.GetFingerprint("1"), after.GetFingerprint("1"));
    }

    [Fact]
    public void Value_with_another_subject_or_key_id_cannot_be_decrypted()
    {
        var protector = Protector(("1", FirstKey), ("2", FirstKey));
        var value = protector.Protect(_ada, _order);
        Assert.ThrowsAny<CryptographicException>(() => protector.Unprotect(value, Guid.NewGuid().ToByteArray()));
        Assert.ThrowsAny<CryptographicException>(() => protector.Unprotect(value with { KeyId = "2" }, _order));
    }

    [Fact]
    public void Every_step_of_a_key_rotation_can_decrypt_all_data()
    {
        var before = Protector(("1", FirstKey));
        var both = Protector(("1", FirstKey), ("2", SecondKey));
        var switched = Protector("2", ("1", FirstKey), ("2", SecondKey));
        var after = Protector(("2", SecondKey));

        var old = before.Protect(_ada, _order);
        var @new = switched.Protect(_ada, _order);
        Assert.Equal("2", @new.KeyId);
        foreach (var protector in (PersonalDataProtector[])[both, switched])
        {
            Assert.Equal(_ada, protector.Unprotect(old, _order));
            Assert.Equal(_ada, protector.Unprotect(@new, _order));
        }

        var reencrypted = switched.Protect(switched.Unprotect(old, _order), _order);
        Assert.Equal(_ada, after.Unprotect(reencrypted, _order));
        var exception = Assert.ThrowsAny<CryptographicException>(() => after.Unprotect(old, _order));
        Assert.Contains("'1'", exception.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, PersonalDataOptions> InvalidOptions => new()
    {
        { "Keys is empty", new PersonalDataOptions() },
        { "Keys:1 is shorter than 32", new PersonalDataOptions { Keys = { ["1"] = "hunter2" } } },
        { "'a b' is not a valid key id", new PersonalDataOptions { Keys = { ["a b"] = FirstKey } } },
        { "CurrentKey is missing", new PersonalDataOptions { Keys = { ["1"] = FirstKey, ["2"] = SecondKey } } },
        { "CurrentKey is '3'", new PersonalDataOptions { Keys = { ["1"] = FirstKey, ["2"] = SecondKey }, CurrentKey = "3" } },
    };

    [Theory]
    [MemberData(nameof(InvalidOptions))]
    public void Invalid_keys_are_reported_without_their_secrets(string reason, PersonalDataOptions options)
    {
        var message = new PersonalDataOptionsValidator().Validate(null, options).FailureMessage;
        Assert.Contains(reason, message, StringComparison.Ordinal);
        Assert.DoesNotContain(options.Keys.Values, secret => message!.Contains(secret, StringComparison.Ordinal));
    }

    private static PersonalDataProtector Protector(params (string Id, string Secret)[] keys) => Protector(keys[0].Id, keys);

    private static PersonalDataProtector Protector(string currentKey, params (string Id, string Secret)[] keys)
    {
        var options = new PersonalDataOptions { Keys = keys.ToDictionary(key => key.Id, key => key.Secret), CurrentKey = currentKey };
        Assert.True(new PersonalDataOptionsValidator().Validate(null, options).Succeeded);
        return new PersonalDataProtector(Options.Create(options));
    }
}
