using Microsoft.AspNetCore.Http;

namespace Shop.Web.Http;

/// <summary>
/// Cookies of one host. On HTTPS, their names have the prefix <c>__Host-</c>: a browser takes such a cookie only over HTTPS and from the
/// host itself, so that no other host of the domain can set it.
/// </summary>
public static class HostCookie
{
    /// <summary>Returns the name of a cookie, with the prefix on HTTPS.</summary>
    /// <param name="request">The request.</param>
    /// <param name="name">The name without the prefix.</param>
    public static string GetName(HttpRequest request, string name) => request.IsHttps ? $"__Host-{name}" : name;

    /// <summary>Creates the options of a cookie that no script reads and no other site sends in a form.</summary>
    /// <param name="request">The request.</param>
    /// <param name="lifetime">The time for which the browser keeps the cookie; null until it is closed.</param>
    public static CookieOptions CreateOptions(HttpRequest request, TimeSpan? lifetime = null) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Secure = request.IsHttps,
        Path = "/",
        MaxAge = lifetime,
        IsEssential = true,
    };
}
