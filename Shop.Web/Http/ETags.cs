using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Schema;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Shop.Web.Http;

/// <summary>Entity tags (RFC 9110, section 8.8.3).</summary>
public static class ETags
{
    /// <summary>
    /// Creates the entity tag of a JSON representation. It changes with the version of the resource and with the form of the
    /// representation: after a release that adds a member, a client does not keep the form without it.
    /// </summary>
    /// <typeparam name="T">The type that is serialized.</typeparam>
    /// <param name="version">The version of the resource, of characters that an entity tag may contain.</param>
    public static string Create<T>(string version) => $"\"{Form<T>.Id}.{version}\"";

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

    /// <summary>Reads the versions from an If-Match header, which is a list of entity tags (RFC 9110, section 13.1.1).</summary>
    /// <typeparam name="T">The type that is serialized.</typeparam>
    /// <param name="header">The header.</param>
    /// <param name="versions">
    /// The versions of the tags that <see cref="Create{T}"/> created; null for <c>*</c>, which matches any version. Weak tags and others
    /// match no version.
    /// </param>
    /// <returns>False if the header is missing or malformed.</returns>
    public static bool TryParseIfMatch<T>(StringValues header, out IReadOnlyList<string>? versions)
    {
        versions = null;
        if (header.Count == 0 || !EntityTagHeaderValue.TryParseStrictList(header, out var tags) || tags.Count == 0)
        {
            return false;
        }

        if (!tags.Any(tag => tag.Tag == "*"))
        {
            var prefix = $"\"{Form<T>.Id}.";
            versions =
            [
                .. from tag in tags
                   where !tag.IsWeak && tag.Tag.StartsWith(prefix, StringComparison.Ordinal)
                   select tag.Tag.Subsegment(prefix.Length, tag.Tag.Length - prefix.Length - 1).ToString(),
            ];
        }

        return true;
    }

    internal static bool Match(StringValues header, string tag) =>
        header.Count > 0 && EntityTagHeaderValue.TryParseList(header, out var tags)
        && tags.Any(candidate => candidate.Tag == "*" || candidate.Tag == tag);

    // The names, types and nesting of all members.
    private static class Form<T>
    {
        public static string Id { get; } = Convert.ToHexStringLower(SHA256.HashData(
            Encoding.UTF8.GetBytes(JsonSerializerOptions.Web.GetJsonSchemaAsNode(typeof(T)).ToJsonString())).AsSpan(0, 4));
    }
}
