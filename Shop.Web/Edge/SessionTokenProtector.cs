using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Shop.Web.Edge;

/// <summary>Gives visitors a token that they cannot read, change or make up, and finds the visit in what they send back.</summary>
internal sealed class SessionTokenProtector(IDataProtectionProvider protection, IOptions<EdgeOptions> options, TimeProvider time)
{
    // Ours have about 400 characters and begin with the header of Data Protection's format; the rest is not worth a decryption.
    private const int MaxLength = 1024;
    private const string GetLocalRoot = "CfDJ8";

    private readonly IDataProtector _protector = protection.CreateProtector("Shop.Web.Session", "v1");

    public VisitorSession Find(HttpRequest request)
    {
        var now = time.GetUtcNow();
        var token = request.Headers[options.Value.HeaderName] is [{ } header] ? header : request.Cookies[options.Value.CookieName];
        if (token is null || Unprotect(token) is not { } visit || visit.SeenAt > now || now - visit.SeenAt > options.Value.VisitorLifetime)
            return VisitorSession.First(now);

        var age = now - visit.SeenAt;
        if (age > options.Value.SessionTimeout + options.Value.TokenRenewalInterval)
            return visit.Return(now);
        if (age >= options.Value.TokenRenewalInterval)
            visit.Renew(now);
        return visit;
    }

    public void Answer(HttpContext context, VisitorSession visit)
    {
        if (!visit.IsChanged)
            return;

        var token = _protector.Protect(visit.Write());
        if (context.Request.Headers.ContainsKey(options.Value.HeaderName))
        {
            context.Response.Headers[options.Value.HeaderName] = token;
            return;
        }

        context.Response.Cookies.Append(options.Value.CookieName, token, new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Lax,
            Secure = context.Request.IsHttps,
            Path = "/",
            MaxAge = options.Value.VisitorLifetime,
        });
    }

    private VisitorSession? Unprotect(string token)
    {
        if (token.Length > MaxLength || !token.StartsWith(GetLocalRoot, StringComparison.Ordinal))
            return null;

        try
        {
            return VisitorSession.Read(_protector.Unprotect(token));
        }
        catch (Exception forged) when (forged is CryptographicException or FormatException)
        {
            return null;
        }
    }
}
