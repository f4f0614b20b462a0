using Shop.Web.Http;

namespace Shop.Storefront.SignIn;

/// <summary>
/// Remembers in a cookie that a session of a member has ended in this browser, until somebody signs in again. The next sign-in then needs
/// the password: the session at the provider may still exist, because the provider was away or does not end its sessions.
/// </summary>
internal static class EndedSession
{
    private const string Name = "shop-signed-out";
    private const string ByMember = "member";
    private const string ByProvider = "provider";

    // As long as the session of a member.
    private static readonly TimeSpan _lifetime = TimeSpan.FromDays(14);

    /// <summary>Returns how the last session in this browser has ended; null if it was none, or if it has not ended.</summary>
    /// <param name="context">The request.</param>
    public static SessionEnd? Find(HttpContext context) =>
        context.Items.TryGetValue(typeof(EndedSession), out var changed)
            ? (SessionEnd?)changed
            : context.Request.Cookies[GetName(context)] switch
            {
                ByMember => SessionEnd.ByMember,
                ByProvider => SessionEnd.ByProvider,
                _ => null,
            };

    /// <summary>Remembers that the session has ended. Call it before the response starts.</summary>
    /// <param name="context">The request.</param>
    /// <param name="end">How it has ended.</param>
    public static void Set(HttpContext context, SessionEnd end)
    {
        context.Items[typeof(EndedSession)] = end;
        context.Response.Cookies.Append(
            GetName(context), end is SessionEnd.ByMember ? ByMember : ByProvider, HostCookie.CreateOptions(context.Request, _lifetime));
    }

    /// <summary>Forgets the session that has ended, because somebody has signed in. Call it before the response starts.</summary>
    /// <param name="context">The request.</param>
    public static void Clear(HttpContext context)
    {
        context.Items[typeof(EndedSession)] = null;
        if (context.Request.Cookies.ContainsKey(GetName(context)))
        {
            context.Response.Cookies.Delete(GetName(context), HostCookie.CreateOptions(context.Request));
        }
    }

    private static string GetName(HttpContext context) => HostCookie.GetName(context.Request, Name);
}

/// <summary>How the session of a member has ended.</summary>
internal enum SessionEnd
{
    /// <summary>The member has signed out.</summary>
    ByMember,

    /// <summary>The provider has rejected the refresh token: the account was deleted or locked, or has other credentials.</summary>
    ByProvider,
}
