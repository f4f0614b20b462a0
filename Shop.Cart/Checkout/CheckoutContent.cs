using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Shop.Cart.Carts;
using Shop.Contracts;
using Shop.Contracts.Messages;

namespace Shop.Cart.Checkout;

/// <summary>
/// The content of a checkout request as a <see cref="ContentHash"/>, which tells a repeated request from one that reuses its idempotency
/// key for something else. The body and the lines have a hash each: a confirmed order has taken its lines out of the cart, so a repeated
/// request may find it empty.
/// </summary>
/// <remarks>
/// The hash must not change with the code: a client that repeats its request during an update would be rejected. It therefore covers named
/// fields instead of a serialized object, and leaves out those that are null. A new optional field is added at the end. Any other change
/// needs a new version.
/// </remarks>
internal sealed class CheckoutContent
{
    private const string Version = "v1";

    private readonly byte[] _key;
    private readonly string _body;

    public CheckoutContent(string cartId, string idempotencyKey, CheckoutRequest request)
    {
        // Keyed with cart id and idempotency key, so that equal contents have different hashes: the checkouts of a customer cannot be
        // correlated in the stores.
        _key = Encoding.UTF8.GetBytes($"{cartId}\n{idempotencyKey}");
        _body = Hash(
            ("recipient.name", request.Recipient.Name),
            ("recipient.address", request.Recipient.Address),
            ("recipient.email", request.Recipient.Email),
            ("payment.cardToken", request.Payment?.CardToken),
            ("expectedTotal.amount", request.ExpectedTotal?.Amount.ToString(CultureInfo.InvariantCulture)),
            ("expectedTotal.currency", request.ExpectedTotal?.Currency),
            ("replaces", request.Replaces?.ToString()));
    }

    /// <summary>Returns the hash of the request for these lines.</summary>
    public string HashWith(IEnumerable<OrderLine> lines) =>
        $"{Version}:{_body}:{HashLines(lines.Select(line => (line.Sku, line.Quantity)))}";

    /// <summary>
    /// Returns true if this request is not a repetition of the one that was stored: its body differs, or the cart contains other lines. The
    /// body is not compared with a hash of another version.
    /// </summary>
    /// <param name="storedHash">Hash of the stored request; null if it has none.</param>
    /// <param name="storedLines">Lines of the stored request; null if only their hash is stored.</param>
    /// <param name="cart">Lines that are in the cart now.</param>
    public bool DiffersFrom(string? storedHash, IReadOnlyList<OrderLine>? storedLines, IReadOnlyList<CartLine> cart)
    {
        var (body, lines) = storedHash?.Split(':') is [Version, var bodyHash, var linesHash] ? (bodyHash, linesHash) : default;
        if (body is not null && body != _body)
        {
            return true;
        }

        lines ??= storedLines is null ? null : HashLines(storedLines.Select(line => (line.Sku, line.Quantity)));
        return lines is not null && cart.Count > 0 && lines != HashLines(cart.Select(line => (line.Sku, line.Quantity)));
    }

    /// <summary>
    /// Returns the hash of a customer id. It is not a part of the content: the same person may have signed in or out between two requests.
    /// </summary>
    public string HashCustomer(string customerId) => Hash(("customer", customerId));

    private string HashLines(IEnumerable<(string Sku, int Quantity)> lines) => Hash(
    [
        .. lines.OrderBy(line => line.Sku, StringComparer.Ordinal)
            .Select(line => (line.Sku, (string?)line.Quantity.ToString(CultureInfo.InvariantCulture))),
    ]);

    // The length stands before each value, so that no value can imitate another field.
    private string Hash(params (string Name, string? Value)[] fields)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in fields)
        {
            if (value is not null)
            {
                text.Append(CultureInfo.InvariantCulture, $"{name}={value.Length}:{value}\n");
            }
        }

        return Convert.ToBase64String(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(text.ToString())));
    }
}
