using System.Text.Json;
using Shop.Contracts;
using Shop.Data.PersonalData;
using Shop.Orders.Ordering;

namespace Shop.Orders.Recipients;

/// <summary>
/// Encrypts the recipients of orders. The order id is associated data, so a recipient that is copied to another order cannot be decrypted.
/// </summary>
internal sealed class RecipientProtector(PersonalDataProtector protector, RecipientKeyCheck? keys = null)
{
    /// <summary>Encrypts the recipient of an order with the current key.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The secret of the current key was replaced.</exception>
    public async Task<EncryptedValue> ProtectAsync(Guid orderId, Recipient recipient, CancellationToken cancellationToken)
    {
        if (keys is not null)
        {
            await keys.RecordCurrentKeyAsync(cancellationToken);
        }

        return protector.Protect(JsonSerializer.SerializeToUtf8Bytes(recipient, JsonSerializerOptions.Web), GetAssociatedData(orderId));
    }

    /// <summary>Decrypts the recipient of an order; null when it was erased.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">
    /// The key is not configured, or the value was changed or belongs to another order.
    /// </exception>
    public Recipient? Unprotect(Order order) => order.Recipient is { } recipient
        ? JsonSerializer.Deserialize<Recipient>(protector.Unprotect(recipient, GetAssociatedData(order.OrderId)), JsonSerializerOptions.Web)
        : null;

    /// <summary>Encrypts an encrypted recipient again, with the current key.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">
    /// The key is not configured, or the value was changed or belongs to another order.
    /// </exception>
    public EncryptedValue Reprotect(Guid orderId, EncryptedValue recipient)
    {
        var associatedData = GetAssociatedData(orderId);
        return protector.Protect(protector.Unprotect(recipient, associatedData), associatedData);
    }

    internal static byte[] GetAssociatedData(Guid orderId) => orderId.ToByteArray(bigEndian: true);
}
