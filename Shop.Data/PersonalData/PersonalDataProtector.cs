using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Shop.Data.PersonalData;

/// <summary>
/// Encrypts what must not be readable in a store (AES-256-GCM). What it is about, an order id say, goes in as associated data: a value
/// that is moved to another row, or changed by a bit, is refused rather than read.
/// </summary>
public sealed class PersonalDataProtector
{
    private const byte Version = 1;
    private const int KeySize = 32;

    // What a key is derived for, so that the same secret, used elsewhere, gives another key.
    private static readonly byte[] _purpose = "shop/personal-data/aes-256-gcm/1"u8.ToArray();

    private static readonly int _nonceSize = AesGcm.NonceByteSizes.MaxSize;
    private static readonly int _tagSize = AesGcm.TagByteSizes.MaxSize;

    private readonly Dictionary<string, byte[]> _keys;

    public PersonalDataProtector(IOptions<PersonalDataOptions> options)
    {
        // Not kept as AesGcm instances: those may not be used by two threads at once.
        _keys = options.Value.Keys.ToDictionary(
            key => key.Key, key => HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(key.Value), KeySize, info: _purpose));
        CurrentKeyId = options.Value.Writer;
    }

    /// <summary>The name of the key that encrypts from now on.</summary>
    public string CurrentKeyId { get; }

    /// <summary>The names of all keys that can still be read with.</summary>
    public IReadOnlyCollection<string> Reads => _keys.Keys;

    public EncryptedValue Protect(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> about)
    {
        // version, nonce, tag, ciphertext
        var data = new byte[1 + _nonceSize + _tagSize + plain.Length];
        data[0] = Version;
        RandomNumberGenerator.Fill(Nonce(data));

        using var aes = new AesGcm(_keys[CurrentKeyId], _tagSize);
        aes.Encrypt(Nonce(data), plain, Cipher(data), Tag(data), Associated(CurrentKeyId, about));
        return new EncryptedValue(CurrentKeyId, data);
    }

    /// <exception cref="CryptographicException">Its key is not here any more, it was changed, or it is about something else.</exception>
    public byte[] Unprotect(EncryptedValue value, ReadOnlySpan<byte> about)
    {
        if (!_keys.TryGetValue(value.KeyId, out var key))
            throw new CryptographicException($"The key '{value.KeyId}' is not configured any more.");
        if (value.Data.Length < 1 + _nonceSize + _tagSize || value.Data[0] != Version)
            throw new CryptographicException("Not a value that this version encrypted.");

        var plain = new byte[Cipher(value.Data).Length];
        using var aes = new AesGcm(key, _tagSize);
        aes.Decrypt(Nonce(value.Data), Cipher(value.Data), Tag(value.Data), plain, Associated(value.KeyId, about));
        return plain;
    }

    private static Span<byte> Nonce(byte[] data) => data.AsSpan(1, _nonceSize);

    private static Span<byte> Tag(byte[] data) => data.AsSpan(1 + _nonceSize, _tagSize);

    private static Span<byte> Cipher(byte[] data) => data.AsSpan(1 + _nonceSize + _tagSize);

    // The key's name is part of it, with its length, so that no two pairs of name and subject look alike.
    private static byte[] Associated(string keyId, ReadOnlySpan<byte> about) => [Version, (byte)keyId.Length, .. Encoding.ASCII.GetBytes(keyId), .. about];
}

/// <summary>Encrypted data, and the name of the key that it takes to read it.</summary>
public sealed record EncryptedValue(string KeyId, byte[] Data);
