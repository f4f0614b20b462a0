namespace Shop.Insights.Jumps;

/// <summary>The SQL of jumps. The names of events and properties are those of docs/events.md.</summary>
internal static class JumpSql
{
    /// <summary>The name of the event of a refused request. Its target is its status.</summary>
    public const string Unauthorized = "api.unauthorized";

    /// <summary>The name of the event of a redirect by a script. The browser reports it later.</summary>
    public const string BrowserRedirected = "browser.redirected";

    /// <summary>The name of the event of a redirect by a response.</summary>
    public const string Redirected = "page.redirected";

    /// <summary>
    /// The list of the events of a requested page. The others of its route may be from a page that is still open: it reports when the
    /// visitor leaves it.
    /// </summary>
    public const string Requested = $"('page.viewed', '{Redirected}')";

    /// <summary>The expression of the route that answered.</summary>
    public const string From = "coalesce(properties ->> 'shop.jump.from', page_path, 'other')";

    /// <summary>The expression of the page that the visitor came from.</summary>
    public const string Referrer =
        $"CASE name WHEN '{BrowserRedirected}' THEN {From} ELSE coalesce(properties ->> 'shop.jump.referrer', 'none') END";

    /// <summary>The expression of the status as text; null for a redirect by a script.</summary>
    public const string StatusText = "properties ->> 'http.response.status_code'";

    /// <summary>The expression of the status; null for a redirect by a script.</summary>
    public const string Status = $"CASE WHEN {StatusText} ~ '^[0-9]{{3}}$' THEN ({StatusText})::int END";

    /// <summary>The expression of the target.</summary>
    public const string To =
        $"coalesce(properties ->> 'shop.jump.to', CASE name WHEN '{Unauthorized}' THEN ({Status})::text END, 'other')";

    /// <summary>The names of all jumps.</summary>
    public static readonly string[] Names = [Redirected, Unauthorized, BrowserRedirected];
}
