using System.Text.Json;
using Shop.Contracts;
using Shop.Data.PersonalData;
using Shop.Orders.Ordering;

namespace Shop.Orders.Recipients;

/// <summary>Who gets an order, kept so that only this service can read it, and only as what it is about: another order's is refused.</summary>
internal sealed class RecipientVault(PersonalDataProtector cipher)
{
    public EncryptedValue Protect(Guid orderId, Recipient recipient) =>
        cipher.Protect(JsonSerializer.SerializeToUtf8Bytes(recipient, JsonSerializerOptions.Web), About(orderId));

    public Recipient Open(Order order) =>
        JsonSerializer.Deserialize<Recipient>(cipher.Unprotect(order.Recipient, About(order.OrderId)), JsonSerializerOptions.Web)!;

    /// <summary>The same, under the key that writes now.</summary>
    public EncryptedValue Renew(Guid orderId, EncryptedValue old) => cipher.Protect(cipher.Unprotect(old, About(orderId)), About(orderId));

    private static byte[] About(Guid orderId) => orderId.ToByteArray(bigEndian: true);
}
