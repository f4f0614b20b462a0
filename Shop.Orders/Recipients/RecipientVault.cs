using System.Text.Json;
using Shop.Contracts;
using Shop.Orders.Ordering;
using Shop.ServiceDefaults.PersonalData;

namespace Shop.Orders.Recipients;

/// <summary>Who gets an order, kept so that only this service can read it, and only as what it is about: another order's is refused.</summary>
internal sealed class RecipientVault(PersonalDataCipher cipher)
{
    public SealedData Seal(Guid orderId, Recipient recipient) =>
        cipher.Seal(JsonSerializer.SerializeToUtf8Bytes(recipient, JsonSerializerOptions.Web), About(orderId));

    public Recipient Open(Order order) =>
        JsonSerializer.Deserialize<Recipient>(cipher.Open(order.Recipient, About(order.OrderId)), JsonSerializerOptions.Web)!;

    /// <summary>The same, under the key that writes now.</summary>
    public SealedData Renew(Guid orderId, SealedData old) => cipher.Seal(cipher.Open(old, About(orderId)), About(orderId));

    private static byte[] About(Guid orderId) => orderId.ToByteArray(bigEndian: true);
}
