using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Shop.Data.PersonalData;

/// <summary>
/// Encrypts personal data with AES-256-GCM. The subject of the data, such as an order id, is authenticated as associated data: a value that
/// was moved to another row or modified cannot be decrypted.
/// </summary>
public sealed class PersonalDataProtector
{
    private const byte Version = 1;
    private const int KeySize = 32;
    private const int FingerprintSize = 16;

    // HKDF's info: the same secret used for another purpose yields another key.
    private static readonly byte[] _purpose = "shop/personal-data/aes-256-gcm/1"u8.ToArray();

    private static readonly int _nonceSize = AesGcm.NonceByteSizes.MaxSize;
    private static readonly int _tagSize = AesGcm.TagByteSizes.MaxSize;

    private static readonly byte[] _fingerprintPurpose = "shop/personal-data/fingerprint/1"u8.ToArray();

    private readonly Dictionary<string, byte[]> _keys;
    private readonly Dictionary<string, string> _fingerprints;

    /// <summary>Creates a protector with the configured keys.</summary>
    /// <param name="options">The keys.</param>
    public PersonalDataProtector(IOptions<PersonalDataOptions> options)
    {
        // Raw keys, because an AesGcm instance must not be used by two threads at once.
        _keys = options.Value.Keys.ToDictionary(
            key => key.Key, key => HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(key.Value), KeySize, info: _purpose));
        _fingerprints = options.Value.Keys.ToDictionary(
            key => key.Key,
            key => Convert.ToHexStringLower(HKDF.DeriveKey(
                HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(key.Value), FingerprintSize, info: _fingerprintPurpose)));
        CurrentKeyId = options.Value.CurrentKeyId;
    }

    /// <summary>The id of the key that encrypts.</summary>
    public string CurrentKeyId { get; }

    /// <summary>The ids of all keys that can decrypt.</summary>
    public IReadOnlyCollection<string> KeyIds => _keys.Keys;

    /// <summary>
    /// Returns a text that is the same for the same secret, and does not reveal it. Stored beside the data, it shows that the secret of a
    /// key was replaced by another one.
    /// </summary>
    /// <param name="keyId">The id of a configured key.</param>
    public string GetFingerprint(string keyId) => _fingerprints[keyId];

    /// <summary>Encrypts data with the current key.</summary>
    /// <param name="plaintext">The data.</param>
    /// <param name="subject">The id of the record that the data belongs to. The same subject is needed to decrypt it.</param>
    public EncryptedValue Protect(ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> subject)
    {
        // version, nonce, tag, ciphertext
        var data = new byte[1 + _nonceSize + _tagSize + plaintext.Length];
        data[0] = Version;
        RandomNumberGenerator.Fill(Nonce(data));

        using var aes = new AesGcm(_keys[CurrentKeyId], _tagSize);
        aes.Encrypt(Nonce(data), plaintext, Ciphertext(data), Tag(data), AssociatedData(CurrentKeyId, subject));
        return new EncryptedValue(CurrentKeyId, data);
    }

    /// <summary>Decrypts data.</summary>
    /// <param name="value">The encrypted data.</param>
    /// <param name="subject">The subject that the data was encrypted for.</param>
    /// <exception cref="CryptographicException">
    /// The key is not configured, the data was modified, or it belongs to another subject.
    /// </exception>
    public byte[] Unprotect(EncryptedValue value, ReadOnlySpan<byte> subject)
    {
        if (!_keys.TryGetValue(value.KeyId, out var key))
        {
            throw new CryptographicException($"The key '{value.KeyId}' is not configured.");
        }

        if (value.Data.Length < 1 + _nonceSize + _tagSize || value.Data[0] != Version)
        {
            throw new CryptographicException("The data is not in a format that this version can decrypt.");
        }

        var plaintext = new byte[Ciphertext(value.Data).Length];
        using var aes = new AesGcm(key, _tagSize);
        try
        {
            aes.Decrypt(Nonce(value.Data), Ciphertext(value.Data), Tag(value.Data), plaintext, AssociatedData(value.KeyId, subject));
        }
        catch (AuthenticationTagMismatchException)
        {
            // Without the inner exception, whose message does not help operators: this one is shown in error queues.
            throw new CryptographicException(
                $"The key '{value.KeyId}' does not decrypt the data: its secret is another one than that which encrypted the data, or the "
                + "data was modified or moved.");
        }

        return plaintext;
    }

    private static Span<byte> Nonce(byte[] data) => data.AsSpan(1, _nonceSize);

    private static Span<byte> Tag(byte[] data) => data.AsSpan(1 + _nonceSize, _tagSize);

    private static Span<byte> Ciphertext(byte[] data) => data.AsSpan(1 + _nonceSize + _tagSize);

    // The length of the key id keeps two pairs of key id and subject from having the same bytes.
    private static byte[] AssociatedData(string keyId, ReadOnlySpan<byte> subject) =>
        [Version, (byte)keyId.Length, .. Encoding.ASCII.GetBytes(keyId), .. subject];
}
