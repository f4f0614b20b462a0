using System.Security.Cryptography;
using System.Text;

namespace Shop.Contracts.Events;

/// <summary>
/// What events, log records and spans have in place of the id of a cart. The id of a cart opens it, and a member has the same cart for
/// ever, so that whoever reads logs could open it. The hash is the same in all services.
/// </summary>
/// <remarks>
/// It needs no key: the ids that the storefront creates, for guests and for members, have 128 bits and cannot be guessed. An id that
/// another client has chosen, and that can be guessed, opens its cart without the hash.
/// </remarks>
public readonly record struct CartIdHash
{
    private const int Bytes = 16;

    private readonly string? _text;

    private CartIdHash(string text) => _text = text;

    /// <summary>Computes the hash of an id.</summary>
    /// <param name="cartId">The id of the cart.</param>
    public static CartIdHash FromString(string cartId)
    {
        ArgumentNullException.ThrowIfNull(cartId);
        return new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"cart\n{cartId}")).AsSpan(0, Bytes)));
    }

    /// <summary>Computes the hash of an id, so that no event can have the id itself.</summary>
    /// <param name="cartId">The id of the cart.</param>
    public static implicit operator CartIdHash(string cartId) => FromString(cartId);

    /// <summary>Returns the hash: 32 hexadecimal digits.</summary>
    public override string ToString() => _text ?? "";
}
