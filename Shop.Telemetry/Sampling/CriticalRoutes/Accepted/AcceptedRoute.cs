using System.Text.RegularExpressions;
using Shop.Telemetry.Journeys;

namespace Shop.Telemetry.Sampling.CriticalRoutes.Accepted;

/// <summary>A page or an event that people have accepted as a critical route.</summary>
/// <param name="Name">The value of <c>shop.critical_route</c>. It begins with <see cref="NamePrefix"/>.</param>
/// <param name="Page">The normalized route of the page, such as <c>/products/:sku</c>; null for an event.</param>
/// <param name="Event">The name of the event; null for a page.</param>
public sealed partial record AcceptedRoute(string Name, string? Page, string? Event)
{
    /// <summary>The prefix that distinguishes the names of accepted routes from those of other rules.</summary>
    public const string NamePrefix = CriticalRouteOptions.AcceptedPrefix;

    /// <summary>The maximum length of a page or an event, in characters.</summary>
    public const int MaxLength = 128;

    private const int MaxNameLength = 32;

    /// <summary>Gets the pattern of the route templates of the page. A parameter matches whatever its name and constraints are.</summary>
    internal string? RoutePattern => Page is null
        ? null
        : $"^/?{string.Join('/', Page.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(GetSegmentPattern))}/?$";

    /// <summary>Gets the pattern of the event name.</summary>
    internal string? EventPattern => Event is null ? null : $"^{Regex.Escape(Event)}$";

    /// <summary>Creates a route with a name that is similar to that of the page or event.</summary>
    /// <param name="page">The normalized route of the page; null for an event.</param>
    /// <param name="event">The name of the event; null for a page.</param>
    /// <param name="isTaken">Determines whether another route has a name.</param>
    public static AcceptedRoute Create(string? page, string? @event, Predicate<string> isTaken)
    {
        ArgumentNullException.ThrowIfNull(isTaken);
        var words = NotInNames().Replace(page ?? @event ?? "", "-").Trim('-');
        var text = NamePrefix + (words.Length == 0 ? "root" : words);
        var name = Limit(text, "");
        for (var number = 2; isTaken(name); number++)
        {
            name = Limit(text, $"-{number}");
        }

        return new(name, page, @event);

        static string Limit(string text, string suffix) =>
            (text.Length + suffix.Length <= MaxNameLength ? text : text[..(MaxNameLength - suffix.Length)].TrimEnd('-', '.')) + suffix;
    }

    /// <summary>Determines whether a text is a normalized route of a page: <c>/</c>, <c>/cart</c> or <c>/products/:sku</c>.</summary>
    public static bool IsPage(string? text) => text is { Length: > 0 and <= MaxLength } && Pages().IsMatch(text);

    /// <summary>Determines whether a text is the name of an event, such as <c>cart.line_added</c>.</summary>
    public static bool IsEvent(string? text) => text is { Length: > 0 and <= MaxLength } && Events().IsMatch(text);

    /// <summary>Determines whether a service can make a rule of the route.</summary>
    internal bool IsValid() =>
        Name is not null
        && Name.StartsWith(NamePrefix, StringComparison.Ordinal)
        // The name is a section of the configuration, whose delimiter is the colon.
        && !Name.Contains(':', StringComparison.Ordinal)
        && JourneyKeys.IsValid(JourneyKeys.CriticalRoute, Name)
        && (Page is null ? IsEvent(Event) : IsPage(Page) && Event is null);

    /// <summary>Determines whether two routes are the same rule: names of settings do not differ by case.</summary>
    internal bool HasNameOf(AcceptedRoute other) => string.Equals(Name, other.Name, StringComparison.OrdinalIgnoreCase);

    private static string GetSegmentPattern(string segment)
    {
        var (pattern, end) = ("", 0);
        foreach (var parameter in Parameters().EnumerateMatches(segment))
        {
            pattern += Regex.Escape(segment[end..parameter.Index]) + @"\{[^/]+\}";
            end = parameter.Index + parameter.Length;
        }

        return pattern + Regex.Escape(segment[end..]);
    }

    [GeneratedRegex(@"[^A-Za-z0-9_.]+")]
    private static partial Regex NotInNames();

    [GeneratedRegex(@"^/[A-Za-z0-9_.~:/-]*\z")]
    private static partial Regex Pages();

    [GeneratedRegex(@"^[A-Za-z0-9_.-]+\z")]
    private static partial Regex Events();

    [GeneratedRegex(":[A-Za-z0-9_]+")]
    private static partial Regex Parameters();
}
