using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace Shop.Storefront.Browser;

/// <summary>
/// Issues and verifies the token of a page, which has the span that rendered the page. The token is encrypted and signed, and is valid for
/// the session that it was issued for only.
/// </summary>
internal sealed class PageTokenProtector(IDataProtectionProvider protection)
{
    // A token has about 350 characters. One with a trace state of its largest size has about 1,000.
    private const int MaxLength = 2048;
    private const char Separator = '\n';

    private readonly IDataProtector _protector = protection.CreateProtector("Shop.Storefront.Browser.PageToken", "v1");

    /// <summary>Creates the token of a page.</summary>
    /// <param name="request">The span of the request that renders the page.</param>
    /// <param name="sessionId">The id of the visitor's session.</param>
    public string Protect(Activity request, string sessionId) =>
        _protector.Protect(string.Join(Separator, sessionId, request.Id, request.TraceStateString));

    /// <summary>Returns the span that rendered the page; null if the token is not valid, or not of this session.</summary>
    /// <param name="token">The token that a page has sent.</param>
    /// <param name="sessionId">The id of the session that sent it.</param>
    public ActivityContext? Unprotect(string? token, string sessionId)
    {
        if (token is null or { Length: > MaxLength })
        {
            return null;
        }

        try
        {
            return _protector.Unprotect(token).Split(Separator) is [var owner, var traceParent, var traceState]
                && owner == sessionId
                && ActivityContext.TryParse(traceParent, traceState, isRemote: true, out var context)
                    ? context
                    : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
