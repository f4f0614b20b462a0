using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Shop.ServiceDefaults.Edge;

/// <summary>Gives visitors a token that they cannot read, change or make up, and finds the visit in what they send back.</summary>
internal sealed class VisitTokens(IDataProtectionProvider protection, IOptions<EdgeOptions> options, TimeProvider time)
{
    // Ours have about 400 characters and begin with the header of Data Protection's format; the rest is not worth a decryption.
    private const int MostCharacters = 1024;
    private const string Beginning = "CfDJ8";

    private readonly IDataProtector _protector = protection.CreateProtector("Shop.Edge.Visit", "v1");

    public Visit Find(HttpRequest request)
    {
        var now = time.GetUtcNow();
        var token = request.Headers[options.Value.Header] is [{ } header] ? header : request.Cookies[options.Value.Cookie];
        if (token is null || Unprotect(token) is not { } visit || visit.SeenAt > now || now - visit.SeenAt > options.Value.VisitorMemory)
            return Visit.First(now);

        var age = now - visit.SeenAt;
        if (age > options.Value.SessionLife + options.Value.RenewAfter)
            return visit.Return(now);
        if (age >= options.Value.RenewAfter)
            visit.Renew(now);
        return visit;
    }

    public void Answer(HttpContext context, Visit visit)
    {
        if (!visit.IsChanged)
            return;

        var token = _protector.Protect(visit.Write());
        if (context.Request.Headers.ContainsKey(options.Value.Header))
        {
            context.Response.Headers[options.Value.Header] = token;
            return;
        }

        context.Response.Cookies.Append(options.Value.Cookie, token, new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Lax,
            Secure = context.Request.IsHttps,
            Path = "/",
            MaxAge = options.Value.VisitorMemory,
        });
    }

    private Visit? Unprotect(string token)
    {
        if (token.Length > MostCharacters || !token.StartsWith(Beginning, StringComparison.Ordinal))
            return null;

        try
        {
            return Visit.Read(_protector.Unprotect(token));
        }
        catch (Exception forged) when (forged is CryptographicException or FormatException)
        {
            return null;
        }
    }
}
