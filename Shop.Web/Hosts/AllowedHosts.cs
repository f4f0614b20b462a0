using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;

namespace Shop.Web.Hosts;

/// <summary>The host names of ASP.NET Core's setting <c>AllowedHosts</c>, such as <c>localhost;*.example.com</c>.</summary>
internal sealed class AllowedHosts
{
    private readonly IList<StringSegment> _names;
    private readonly bool _allowsAll;

    public AllowedHosts(IConfiguration configuration)
    {
        var entries = (configuration["AllowedHosts"] ?? "")
            .Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        _allowsAll = entries.Length == 0 || entries.Any(IsWildcard);
        // Browsers send the names of other scripts in Punycode.
        _names = [.. from entry in entries where !IsWildcard(entry) select new StringSegment(new HostString(entry).ToUriComponent())];
    }

    /// <summary>Determines whether the service may be called under a host name. HTTP/1.0 has none.</summary>
    public bool IsPublic(HostString host) => _allowsAll || !host.HasValue || HostString.MatchesAny(host.Host, _names);

    /// <summary>
    /// Determines whether the management endpoint may be called under a host name. A page of another site can direct its own domain name
    /// to this endpoint (DNS rebinding), but neither an IP address nor a name without a dot, such as localhost or that of a container.
    /// </summary>
    public bool IsInternal(HostString host) =>
        !host.Host.Contains('.')
        || host.Host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || IPAddress.TryParse(host.Host, out _)
        || HostString.MatchesAny(host.Host, _names);

    private static bool IsWildcard(string entry) => entry is "*" or "[::]" or "0.0.0.0";
}
