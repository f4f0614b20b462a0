using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Shop.Web.Http;

namespace Shop.Storefront.Clients;

/// <summary>
/// The cookie with the id of the visitor's cart. Every caller that knows the id may change the cart and check it out, so the cookie is
/// encrypted, signed and HttpOnly. It also has the number of units, which the header of every page shows without a call.
/// </summary>
internal sealed class CartCookie(IDataProtectionProvider protection)
{
    private const string Name = "shop-cart";

    // A protected cart has 200 to 500 characters and starts with the magic header of Data Protection. Other values are not decrypted.
    private const int MaxLength = 1024;
    private const string MagicHeader = "CfDJ8";
    private const string Members = "member";
    private const string Ordered = "ordered";
    private const string Limited = "limited:";

    // Longer than Cart:TimeToLive: a cart that has expired is empty, and its id may be used again by its visitor alone.
    private static readonly TimeSpan _lifetime = TimeSpan.FromDays(30);

    private readonly IDataProtector _protector = protection.CreateProtector("Shop.Storefront.Cart", "v1");

    /// <summary>
    /// Returns the visitor's cart, or null if the visitor has none yet. The cart of a member is the visitor's only while the member is
    /// signed in: the cookie outlives the session.
    /// </summary>
    public CartReference? Find(HttpContext context) =>
        Read(context) is { } cart && (!cart.IsMembers || context.User.Identity?.IsAuthenticated == true) ? cart : null;

    /// <summary>Takes the cart of a member away from the browser, because the session of the member has ended.</summary>
    public void ClearMembers(HttpContext context)
    {
        if (Read(context) is { IsMembers: true })
        {
            Clear(context);
        }
    }

    private CartReference? Read(HttpContext context)
    {
        if (context.Items.TryGetValue(typeof(CartCookie), out var changed))
        {
            return (CartReference?)changed;
        }

        var cart = Unprotect(context.Request.Cookies[GetName(context)]);
        context.Items[typeof(CartCookie)] = cart;
        return cart;
    }

    /// <summary>Returns the visitor's cart. Creates an id if there is none; call <see cref="Set"/> when the cart is used.</summary>
    public CartReference FindOrCreate(HttpContext context) =>
        Find(context) ?? new CartReference(RandomNumberGenerator.GetHexString(32, lowercase: true), 0);

    /// <summary>Makes a cart the visitor's. Call it before the response starts.</summary>
    public void Set(HttpContext context, CartReference cart)
    {
        context.Items[typeof(CartCookie)] = cart;
        context.Response.Cookies.Append(
            GetName(context), _protector.Protect(Format(cart)), HostCookie.CreateOptions(context.Request, _lifetime));
    }

    /// <summary>Takes the cart away from the browser, for example when a member signs out. Call it before the response starts.</summary>
    public static void Clear(HttpContext context)
    {
        context.Items[typeof(CartCookie)] = null;
        context.Response.Cookies.Delete(GetName(context), HostCookie.CreateOptions(context.Request));
    }

    private CartReference? Unprotect(string? cookie)
    {
        if (cookie is null || cookie.Length > MaxLength || !cookie.StartsWith(MagicHeader, StringComparison.Ordinal))
        {
            return null;
        }

        try
        {
            var text = _protector.Unprotect(cookie);
            return text.Split(' ') is [var id, var count, .. var marks] ? Parse(id, count, marks) : null;
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException)
        {
            return null;
        }
    }

    // "id count", then the marks: "0123abcd 3 member limited:BAG-0101,COF-0204". An unknown count is empty.
    private static string Format(CartReference cart)
    {
        List<string> parts = [cart.CartId, cart.ItemCount?.ToString(CultureInfo.InvariantCulture) ?? ""];
        if (cart.IsMembers)
        {
            parts.Add(Members);
        }

        if (cart.IsOrdered)
        {
            parts.Add(Ordered);
        }

        if (cart.LimitedSkus.Count > 0)
        {
            parts.Add(Limited + string.Join(',', cart.LimitedSkus));
        }

        return string.Join(' ', parts);
    }

    private static CartReference Parse(string id, string count, string[] marks) => new(
        id, ParseCount(count), marks.Contains(Members), marks.Contains(Ordered))
    {
        LimitedSkus = marks.FirstOrDefault(mark => mark.StartsWith(Limited, StringComparison.Ordinal))?[Limited.Length..].Split(',') ?? [],
    };

    private static int? ParseCount(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;

    private static string GetName(HttpContext context) => HostCookie.GetName(context.Request, Name);
}

/// <summary>The cart of a visitor.</summary>
/// <param name="CartId">The id of the cart, which is a secret of its visitor.</param>
/// <param name="ItemCount">Units in the cart when a page last read it; null if something else may have changed the cart.</param>
/// <param name="IsMembers">Whether it is the cart that a member has on all devices, and not that of a visit.</param>
/// <param name="IsOrdered">Whether an order will take its lines out of the cart, so that the number of units changes by itself.</param>
internal sealed record CartReference(string CartId, int? ItemCount, bool IsMembers = false, bool IsOrdered = false)
{
    /// <summary>Products of a visit that exceeded a maximum of the member's cart, until the member has seen which.</summary>
    public IReadOnlyList<string> LimitedSkus { get; init; } = [];

    /// <summary>Returns the cart with the number of units that was just read. It is kept only if no order will change it.</summary>
    public CartReference WithItemCount(int count) =>
        this with { ItemCount = IsOrdered && count > 0 ? null : count, IsOrdered = IsOrdered && count > 0 };
}
