using System.Security.Cryptography;
using Shop.Identity.Provider;

namespace Shop.Tests.Unit.SignIn;

public class ProviderKeysTests
{
    [Fact]
    public void Replicas_with_the_same_secret_have_the_same_keys_and_others_have_not()
    {
        var secret = new string('a', 32);

        Assert.Equal(ProviderKeys.DeriveSigningKey(secret).KeyId, ProviderKeys.DeriveSigningKey(secret).KeyId);
        Assert.NotEqual(ProviderKeys.DeriveSigningKey(secret).KeyId, ProviderKeys.DeriveSigningKey(secret + "b").KeyId);
        Assert.Equal(ProviderKeys.DeriveEncryptionKey(secret).Key, ProviderKeys.DeriveEncryptionKey(secret).Key);
        Assert.NotEqual(ProviderKeys.DeriveEncryptionKey(secret).Key, ProviderKeys.DeriveEncryptionKey(secret + "b").Key);
    }

    [Fact]
    public void Signature_of_one_replica_is_valid_at_another()
    {
        byte[] data = [1, 2, 3];
        for (var i = 0; i < 100; i++)
        {
            var secret = $"a secret of the test with the number {i}";
            var signature = ProviderKeys.DeriveSigningKey(secret).ECDsa.SignData(data, HashAlgorithmName.SHA256);

            Assert.True(ProviderKeys.DeriveSigningKey(secret).ECDsa.VerifyData(
                data, signature, HashAlgorithmName.SHA256));
        }
    }
}
