namespace Shop.AppHost.Infrastructure;

internal static class ProxyEnvironment
{
    // .NET compares the host of a request with each entry, so an IPv6 address needs its brackets. Other programs expect it without them.
    private static readonly string[] _loopback = ["localhost", ".localhost", "127.0.0.1", "[::1]", "::1"];

    /// <summary>
    /// Excludes loopback addresses from the proxy that <c>http_proxy</c> names, for the AppHost and for every process that it starts.
    /// </summary>
    /// <remarks>
    /// .NET sends requests to loopback addresses through a proxy as well, where they end up on another machine
    /// (https://github.com/microsoft/aspire/issues/2319).
    /// </remarks>
    public static void ExcludeLoopback()
    {
        // Programs differ in which of the two names takes precedence, and in whether an empty value counts.
        var value = AddLoopback(Environment.GetEnvironmentVariable("no_proxy"), Environment.GetEnvironmentVariable("NO_PROXY"));
        Environment.SetEnvironmentVariable("no_proxy", value);
        Environment.SetEnvironmentVariable("NO_PROXY", value);
    }

    internal static string AddLoopback(params string?[] excluded) => string.Join(
        ',', excluded
            .SelectMany(hosts => (hosts ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Union(_loopback, StringComparer.OrdinalIgnoreCase));
}
