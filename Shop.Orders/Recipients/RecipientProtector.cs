using System.Text.Json;
using Shop.Contracts;
using Shop.Data.PersonalData;
using Shop.Orders.Ordering;

namespace Shop.Orders.Recipients;

/// <summary>
/// Encrypts the recipients of orders. The order id is associated data, so a recipient that is copied to another order cannot be decrypted.
/// </summary>
internal sealed class RecipientProtector(PersonalDataProtector protector)
{
    /// <summary>Encrypts the recipient of an order with the current key.</summary>
    public EncryptedValue Protect(Guid orderId, Recipient recipient) =>
        protector.Protect(JsonSerializer.SerializeToUtf8Bytes(recipient, JsonSerializerOptions.Web), GetAssociatedData(orderId));

    /// <summary>Decrypts the recipient of an order.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">
    /// The key is not configured, or the value was changed or belongs to another order.
    /// </exception>
    public Recipient Unprotect(Order order) => JsonSerializer.Deserialize<Recipient>(
        protector.Unprotect(order.Recipient, GetAssociatedData(order.OrderId)), JsonSerializerOptions.Web)!;

    /// <summary>Encrypts an encrypted recipient again, with the current key.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">
    /// The key is not configured, or the value was changed or belongs to another order.
    /// </exception>
    public EncryptedValue Reprotect(Guid orderId, EncryptedValue recipient)
    {
        var associatedData = GetAssociatedData(orderId);
        return protector.Protect(protector.Unprotect(recipient, associatedData), associatedData);
    }

    private static byte[] GetAssociatedData(Guid orderId) => orderId.ToByteArray(bigEndian: true);
}
