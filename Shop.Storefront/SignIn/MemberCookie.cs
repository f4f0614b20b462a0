using Microsoft.AspNetCore.Authentication.Cookies;
using Shop.Web.Http;

namespace Shop.Storefront.SignIn;

/// <summary>The cookie with the session of a member. Its name is that of a <see cref="HostCookie"/>.</summary>
internal sealed class MemberCookie : ICookieManager
{
    /// <summary>The name of the authentication scheme.</summary>
    public const string Scheme = "Member";

    /// <summary>The name of the cookie without HTTPS.</summary>
    public const string Name = "shop-member";

    // The tokens of some providers are longer than a cookie may be.
    private readonly ChunkingCookieManager _cookies = new();

    public string? GetRequestCookie(HttpContext context, string key) => _cookies.GetRequestCookie(context, GetName(context, key));

    public void AppendResponseCookie(HttpContext context, string key, string? value, CookieOptions options) =>
        _cookies.AppendResponseCookie(context, GetName(context, key), value, options);

    public void DeleteCookie(HttpContext context, string key, CookieOptions options) =>
        _cookies.DeleteCookie(context, GetName(context, key), options);

    private static string GetName(HttpContext context, string name) => HostCookie.GetName(context.Request, name);
}
