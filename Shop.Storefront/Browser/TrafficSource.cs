using System.Text.RegularExpressions;
using Shop.Web.Sessions;

namespace Shop.Storefront.Browser;

/// <summary>Where the visitor of a page comes from, and with which device.</summary>
internal static partial class TrafficSource
{
    private const string Direct = "direct";
    private const string Other = "other";
    private const string Parameter = "utm_source";

    /// <summary>
    /// Returns the source of a visit: the campaign that the address names, or the host of the site that led here; <c>direct</c> on the
    /// first page of a session without them. Null on pages that a page of this shop led to.
    /// </summary>
    public static string? Find(HttpContext context)
    {
        var request = context.Request;
        if (request.Query[Parameter] is [{ Length: > 0 } campaign])
        {
            return Normalize(campaign);
        }

        if (request.Headers.Referer is [{ } referrer] && Uri.TryCreate(referrer, UriKind.Absolute, out var address))
        {
            return address.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase) ? null : Normalize(address.Host);
        }

        return context.Features.Get<VisitorSession>() is { IsProven: true } ? null : Direct;
    }

    /// <summary>Returns <c>mobile</c> or <c>desktop</c>.</summary>
    public static string GetDeviceType(HttpRequest request) =>
        // The word that all browsers of phones have, and none of others.
        request.Headers.UserAgent.ToString().Contains("Mobi", StringComparison.OrdinalIgnoreCase) ? "mobile" : "desktop";

    // A visitor can send any text.
    private static string Normalize(string source) => Source().IsMatch(source) ? source.ToLowerInvariant() : Other;

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex Source();
}
