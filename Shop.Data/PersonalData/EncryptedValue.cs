namespace Shop.Data.PersonalData;

/// <summary>Encrypted personal data.</summary>
/// <param name="KeyId">The id of the key that encrypted it.</param>
/// <param name="Data">Version, nonce, authentication tag and ciphertext.</param>
public sealed record EncryptedValue(string KeyId, byte[] Data);
