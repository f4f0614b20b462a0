using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Shop.Data.PersonalData;

namespace Shop.Tests.Unit.ServiceDefaults.PersonalData;

public class PersonalDataProtectorTests
{
    private const string FirstKey = "the-first-secret-of-at-least-32-characters";
    private const string SecondKey = "the-second-secret-of-at-least-32-characters";

    private static readonly byte[] _order = Guid.NewGuid().ToByteArray();
    private static readonly byte[] _ada = Encoding.UTF8.GetBytes("Ada Lovelace, 12 St James's Square, London");

    [Fact]
    public void What_is_sealed_is_unreadable_and_opens_again()
    {
        var cipher = Cipher(("1", FirstKey));
        var value = cipher.Protect(_ada, _order);
        Assert.Equal("1", value.KeyId);
        Assert.DoesNotContain("Ada", Encoding.Latin1.GetString(value.Data), StringComparison.Ordinal);
        Assert.Equal(_ada, cipher.Unprotect(value, _order));
        Assert.Empty(cipher.Unprotect(cipher.Protect([], _order), _order));
    }

    [Fact]
    public void The_same_twice_looks_different_each_time()
    {
        var cipher = Cipher(("1", FirstKey));
        Assert.NotEqual(cipher.Protect(_ada, _order).Data, cipher.Protect(_ada, _order).Data);
    }

    [Fact]
    public void A_change_of_any_bit_is_found_out()
    {
        var cipher = Cipher(("1", FirstKey));
        var value = cipher.Protect(_ada, _order);
        for (var bit = 0; bit < value.Data.Length * 8; bit++)
        {
            var data = value.Data.ToArray();
            data[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.ThrowsAny<CryptographicException>(() => cipher.Unprotect(value with { Data = data }, _order));
        }

        for (var length = 0; length < value.Data.Length; length++)
            Assert.ThrowsAny<CryptographicException>(() => cipher.Unprotect(value with { Data = value.Data[..length] }, _order));
    }

    [Fact]
    public void A_value_in_another_row_or_under_another_name_of_key_does_not_open()
    {
        var cipher = Cipher(("1", FirstKey), ("2", FirstKey));
        var value = cipher.Protect(_ada, _order);
        Assert.ThrowsAny<CryptographicException>(() => cipher.Unprotect(value, Guid.NewGuid().ToByteArray()));
        Assert.ThrowsAny<CryptographicException>(() => cipher.Unprotect(value with { KeyId = "2" }, _order));
    }

    [Fact]
    public void Keys_are_rotated_in_three_steps_that_each_can_read_everything()
    {
        var before = Cipher(("1", FirstKey));
        var both = Cipher(("1", FirstKey), ("2", SecondKey));
        var switched = Cipher("2", ("1", FirstKey), ("2", SecondKey));
        var after = Cipher(("2", SecondKey));

        var old = before.Protect(_ada, _order);
        var @new = switched.Protect(_ada, _order);
        Assert.Equal("2", @new.KeyId);
        foreach (var cipher in (PersonalDataProtector[])[both, switched])
        {
            Assert.Equal(_ada, cipher.Unprotect(old, _order));
            Assert.Equal(_ada, cipher.Unprotect(@new, _order));
        }

        var renewed = switched.Protect(switched.Unprotect(old, _order), _order);
        Assert.Equal(_ada, after.Unprotect(renewed, _order));
        Assert.Contains("'1'", Assert.ThrowsAny<CryptographicException>(() => after.Unprotect(old, _order)).Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, PersonalDataOptions> BadKnobs => new()
    {
        { "Keys is empty", new PersonalDataOptions() },
        { "Keys:1 is shorter than 32", new PersonalDataOptions { Keys = { ["1"] = "hunter2" } } },
        { "'a b' is no name", new PersonalDataOptions { Keys = { ["a b"] = FirstKey } } },
        { "CurrentKey is missing", new PersonalDataOptions { Keys = { ["1"] = FirstKey, ["2"] = SecondKey } } },
        { "CurrentKey is '3'", new PersonalDataOptions { Keys = { ["1"] = FirstKey, ["2"] = SecondKey }, CurrentKey = "3" } },
    };

    [Theory]
    [MemberData(nameof(BadKnobs))]
    public void A_service_with_bad_keys_does_not_start_and_says_why_without_them(string because, PersonalDataOptions options)
    {
        var message = new PersonalDataOptionsValidator().Validate(null, options).FailureMessage;
        Assert.Contains(because, message, StringComparison.Ordinal);
        Assert.All(options.Keys.Values, secret => Assert.DoesNotContain(secret, message, StringComparison.Ordinal));
    }

    private static PersonalDataProtector Cipher(params (string Id, string Secret)[] keys) => Cipher(keys[0].Id, keys);

    private static PersonalDataProtector Cipher(string writeWith, params (string Id, string Secret)[] keys)
    {
        var options = new PersonalDataOptions { Keys = keys.ToDictionary(key => key.Id, key => key.Secret), CurrentKey = writeWith };
        Assert.True(new PersonalDataOptionsValidator().Validate(null, options).Succeeded);
        return new PersonalDataProtector(Options.Create(options));
    }
}
