using System.Buffers;
using System.Collections.Frozen;

namespace Shop.Telemetry.Journeys;

/// <summary>
/// All that may travel with a request, each under one name: as a member of W3C <c>baggage</c>, as an attribute of spans and as a
/// value of log lines. OpenTelemetry's names where it has one, <c>shop.*</c> otherwise. What is not here does not travel.
/// </summary>
internal static class JourneyKeys
{
    public const string SessionId = "session.id";
    public const string JourneyId = "shop.journey.id";
    public const string RequestId = "shop.request.id";
    public const string UserSegment = "shop.user.segment";
    public const string PageFrom = "shop.page.from";
    public const string CartItemCount = "shop.cart.item_count";
    public const string ItemId = "shop.item.id";

    /// <summary>What the visitor pressed to get here, <c>detail_page_button</c>.</summary>
    public const string Source = "shop.source";

    /// <summary>The A/B test, and the group that the visitor is in.</summary>
    public const string Experiment = "feature_flag.key";
    public const string ExperimentGroup = "feature_flag.result.variant";

    /// <summary>What kind of place in the shop this is, by the rules of CriticalRoutes: everything that a checkout causes is "checkout".</summary>
    public const string CriticalRoute = "shop.critical_route";

    // Values need no percent-encoding on the wire, so none of these sets has a space, a quote, %, comma, semicolon or backslash.
    private static readonly SearchValues<char> _idCharacters = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.:");
    private static readonly SearchValues<char> _pathCharacters = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.:/{}*?~");

    private static readonly FrozenDictionary<string, JourneyKey> _all = new JourneyKey[]
    {
        new(SessionId, 64, IsId),
        new(JourneyId, 64, IsId),
        new(RequestId, 64, IsId),
        new(UserSegment, 16, value => value is UserSegments.New or UserSegments.Returning or UserSegments.Member),
        new(PageFrom, 128, value => value.StartsWith('/') && !value.ContainsAnyExcept(_pathCharacters)),
        new(CartItemCount, 6, value => !value.ContainsAnyExceptInRange('0', '9')),
        new(ItemId, 64, IsId),
        new(Source, 64, IsId),
        new(Experiment, 64, IsId),
        new(ExperimentGroup, 64, IsId),
        new(CriticalRoute, 32, IsId),
    }.ToFrozenDictionary(key => key.Name, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, JourneyKey>.AlternateLookup<ReadOnlySpan<char>> _bySpan = _all.GetAlternateLookup<ReadOnlySpan<char>>();

    public static int Count => _all.Count;

    public static JourneyKey? Find(ReadOnlySpan<char> name) => _bySpan.TryGetValue(name, out var key) ? key : null;

    public static bool IsValid(string name, ReadOnlySpan<char> value) => Find(name) is { } key && key.Accepts(value);

    private static bool IsId(ReadOnlySpan<char> value) => !value.ContainsAnyExcept(_idCharacters);
}

/// <summary>One thing that may travel, and what it may look like. A value that does not is left out whole, never cut.</summary>
internal sealed class JourneyKey(string name, int mostCharacters, JourneyKey.Rule rule)
{
    public delegate bool Rule(ReadOnlySpan<char> value);

    public string Name => name;

    public bool Accepts(ReadOnlySpan<char> value) => value.Length > 0 && value.Length <= mostCharacters && rule(value);
}

/// <summary>What a shop knows about who is there, without knowing who it is.</summary>
public static class UserSegments
{
    public const string New = "new";
    public const string Returning = "returning";
    public const string Member = "member";
}
