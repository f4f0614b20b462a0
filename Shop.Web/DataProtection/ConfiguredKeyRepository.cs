using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.AuthenticatedEncryption.ConfigurationModel;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace Shop.Web.DataProtection;

/// <summary>
/// A key ring of Data Protection that is derived from configured secrets. All replicas have it from their start, and it depends on no
/// server.
/// </summary>
/// <remarks>
/// The format is that of ASP.NET Core, which reads the elements as it reads those of a file. The keys do not expire: they are rotated by
/// configuration.
/// </remarks>
internal sealed class ConfiguredKeyRepository : IXmlRepository
{
    private const int MasterKeySize = 64;
    private const int KeyIdSize = 16;

    // HKDF's info: the same secret used for another purpose yields another key.
    private static readonly byte[] _masterKeyPurpose = "shop/data-protection/master-key/1"u8.ToArray();
    private static readonly byte[] _keyIdPurpose = "shop/data-protection/key-id/1"u8.ToArray();

    // The key that was activated last protects.
    private static readonly DateTimeOffset _activated = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset _currentActivated = _activated.AddDays(1);
    private static readonly DateTimeOffset _expires = new(9000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly XElement[] _keys;

    public ConfiguredKeyRepository(DataProtectionKeyOptions options)
    {
        var current = options.CurrentKey ?? options.Keys.Keys.Single();
        _keys = [.. options.Keys.Select(key => CreateKey(Encoding.UTF8.GetBytes(key.Value), isCurrent: key.Key == current))];
    }

    // Copies: the reader takes them apart.
    public IReadOnlyCollection<XElement> GetAllElements() => [.. _keys.Select(key => new XElement(key))];

    public void StoreElement(XElement element, string friendlyName) =>
        throw new NotSupportedException($"Keys are rotated by {DataProtectionKeyOptions.Section}.");

    private static XElement CreateKey(byte[] secret, bool isCurrent)
    {
        using var masterKey = new Secret(HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, MasterKeySize, info: _masterKeyPurpose));
        var descriptor = new AuthenticatedEncryptorDescriptor(new AuthenticatedEncryptorConfiguration(), masterKey).ExportToXml();
        // The id is derived from the secret, so that a secret that is replaced under the same name is another key.
        var id = new Guid(HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, KeyIdSize, info: _keyIdPurpose));
        return new XElement(
            "key",
            new XAttribute("id", id),
            new XAttribute("version", 1),
            new XElement("creationDate", _activated),
            new XElement("activationDate", isCurrent ? _currentActivated : _activated),
            new XElement("expirationDate", _expires),
            new XElement(
                "descriptor",
                new XAttribute("deserializerType", descriptor.DeserializerType.AssemblyQualifiedName!),
                descriptor.SerializedDescriptorElement));
    }
}
