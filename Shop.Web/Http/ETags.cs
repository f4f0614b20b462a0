using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Shop.Web.Http;

/// <summary>Entity tags (RFC 9110, section 8.8.3).</summary>
public static class ETags
{
    /// <summary>
    /// Sets the ETag header of the response, and returns whether the request's If-None-Match header matches it: the response is then 304.
    /// </summary>
    /// <param name="http">The request.</param>
    /// <param name="tag">The entity tag, with its quotes.</param>
    public static bool MatchesIfNoneMatch(this HttpContext http, string tag)
    {
        http.Response.Headers.ETag = tag;
        return Match(http.Request.Headers.IfNoneMatch, tag);
    }

    internal static bool Match(StringValues header, string tag) =>
        header.Count > 0 && EntityTagHeaderValue.TryParseList(header, out var tags)
        && tags.Any(candidate => candidate.Tag == "*" || candidate.Tag == tag);
}
