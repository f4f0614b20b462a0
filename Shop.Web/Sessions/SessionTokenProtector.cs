using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Shop.Web.Http;

namespace Shop.Web.Sessions;

/// <summary>Issues session tokens, which visitors can neither read nor forge, and reads them from requests.</summary>
internal sealed class SessionTokenProtector(IDataProtectionProvider protection, IOptions<EdgeOptions> options, TimeProvider time)
{
    // A token has about 400 characters and starts with the magic header of Data Protection's payload format; anything else is not worth a
    // decryption.
    private const int MaxLength = 1024;
    private const string MagicHeader = "CfDJ8";

    // Another replica, whose clock is ahead of this one or behind it, may have issued the token.
    private static readonly TimeSpan _clockSkew = TimeSpan.FromMinutes(1);

    private readonly IDataProtector _protector = protection.CreateProtector("Shop.Web.Sessions", "v1");

    /// <summary>
    /// Returns the session of a request: the current one, the next one of a known visitor, or the first one of a new visitor.
    /// </summary>
    public VisitorSession GetSession(HttpRequest request)
    {
        var now = time.GetUtcNow();
        var token = request.Headers[options.Value.HeaderName] is [{ } header] ? header : request.Cookies[GetCookieName(request)];
        if (token is null || Unprotect(token) is not { } session
            || session.IssuedAt > now + _clockSkew || now - session.IssuedAt > options.Value.VisitorLifetime)
        {
            return VisitorSession.CreateForNewVisitor(now);
        }

        var age = now - session.IssuedAt;
        if (age > options.Value.SessionTimeout + options.Value.TokenRenewalInterval + _clockSkew)
        {
            session.StartNext(now);
        }
        else if (age >= options.Value.TokenRenewalInterval)
        {
            session.Renew(now);
        }

        return session;
    }

    /// <summary>Adds the session's token to the response when it changed.</summary>
    public void WriteToken(HttpContext context, VisitorSession session)
    {
        if (!session.IsChanged)
        {
            return;
        }

        var token = _protector.Protect(session.Serialize());
        if (context.Request.Headers.ContainsKey(options.Value.HeaderName))
        {
            context.Response.Headers[options.Value.HeaderName] = token;
            return;
        }

        // A shared cache would give the session to others.
        if (context.Response.GetTypedHeaders().CacheControl is { Public: true })
        {
            return;
        }

        context.Response.Cookies.Append(
            GetCookieName(context.Request), token, HostCookie.CreateOptions(context.Request, options.Value.VisitorLifetime));
    }

    private string GetCookieName(HttpRequest request) => HostCookie.GetName(request, options.Value.CookieName);

    private VisitorSession? Unprotect(string token)
    {
        if (token.Length > MaxLength || !token.StartsWith(MagicHeader, StringComparison.Ordinal))
        {
            return null;
        }

        try
        {
            return VisitorSession.Deserialize(_protector.Unprotect(token));
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException)
        {
            return null;
        }
    }
}
