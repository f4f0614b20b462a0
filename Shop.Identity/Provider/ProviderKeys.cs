using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace Shop.Identity.Provider;

/// <summary>
/// The keys of the provider, derived from one secret: all replicas have the same keys, also after a restart, and the database has none.
/// </summary>
internal static class ProviderKeys
{
    // The order of the group of P-256 (FIPS 186-5 and SP 800-186).
    private static readonly BigInteger _order =
        BigInteger.Parse("0FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", System.Globalization.NumberStyles.HexNumber,
            System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Derives the key that signs tokens, for ES256.</summary>
    /// <param name="secret">The secret.</param>
    public static ECDsaSecurityKey DeriveSigningKey(string secret)
    {
        // With 64 bits more than the order has, the remainder is distributed evenly (FIPS 186-5, section A.2.1).
        var number = new BigInteger(Derive(secret, "sign", 40), isUnsigned: true, isBigEndian: true);
        var privateKey = new byte[32];
        var digits = ((number % (_order - 1)) + 1).ToByteArray(isUnsigned: true, isBigEndian: true);
        digits.CopyTo(privateKey.AsSpan(privateKey.Length - digits.Length));

        var key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = privateKey });
        var publicKey = SHA256.HashData(key.ExportSubjectPublicKeyInfo());
        return new ECDsaSecurityKey(key) { KeyId = Convert.ToHexStringLower(publicKey)[..16] };
    }

    /// <summary>Derives the key that encrypts authorization codes and refresh tokens.</summary>
    /// <param name="secret">The secret.</param>
    public static SymmetricSecurityKey DeriveEncryptionKey(string secret) => new(Derive(secret, "encrypt", 32));

    private static byte[] Derive(string secret, string purpose, int length) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret), length, info: Encoding.UTF8.GetBytes(purpose));
}
