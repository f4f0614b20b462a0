using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Shop.Web.Http;

/// <summary>Entity tags (RFC 9110, 8.8.3): quoted words that change when what they stand for changes.</summary>
public static class ETags
{
    /// <summary>Answers with the tag. True when the caller has what it stands for already (If-None-Match): then 304 is all there is to say.</summary>
    public static bool MatchesIfNoneMatch(this HttpContext http, string tag)
    {
        http.Response.Headers.ETag = tag;
        return Match(http.Request.Headers.IfNoneMatch, tag);
    }

    internal static bool Match(StringValues header, string tag) =>
        header.Count > 0 && EntityTagHeaderValue.TryParseList(header, out var tags)
        && tags.Any(candidate => candidate.Tag == "*" || candidate.Tag == tag);
}
