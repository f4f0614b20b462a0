using System.Collections.Frozen;

namespace Shop.Telemetry.Journeys;

/// <summary>
/// The keys that travel with a request: as members of W3C <c>baggage</c>, as attributes of spans and as attributes of log records.
/// Names are OpenTelemetry's where the semantic conventions have one, and <c>shop.*</c> otherwise: <c>feature_flag.*</c> belongs to the
/// event of an evaluation, and not to every span after it. An application registers further
/// keys at startup; baggage under any other name is neither read nor sent.
/// </summary>
public static class JourneyKeys
{
    /// <summary>The visitor's session.</summary>
    public const string SessionId = "session.id";

    /// <summary>One path through the application, from the first page to its end.</summary>
    public const string JourneyId = "shop.journey.id";

    /// <summary>One external request, with everything that it causes.</summary>
    public const string RequestId = "shop.request.id";

    /// <summary>One of <see cref="UserSegments"/>.</summary>
    public const string UserSegment = "shop.user.segment";

    /// <summary>The route template of the page that the visitor came from, such as <c>/products/{sku}</c>.</summary>
    public const string PageFrom = "shop.page.from";

    /// <summary>The experiment (A/B test) that the visitor takes part in.</summary>
    public const string Experiment = "shop.experiment.name";

    /// <summary>The variant of the experiment that the visitor sees.</summary>
    public const string ExperimentGroup = "shop.experiment.group";

    /// <summary>The critical route that the request or message is part of, such as <c>checkout</c>.</summary>
    public const string CriticalRoute = "shop.critical_route";

    /// <summary>The maximum length of all keys with their longest values, as a <c>baggage</c> header, in characters.</summary>
    /// <remarks>A snapshot of the baggage is stored in a column of JourneySnapshot.MaxLength characters, beside a traceparent.</remarks>
    internal const int MaxTotalLength = 1024;

    private static readonly Lock _registering = new();

    // Replaced as a whole by Register, so that readers need no lock.
    private static volatile KeySet _keys = new(
    [
        new(SessionId, 64),
        new(JourneyId, 64),
        new(RequestId, 64),
        new(UserSegment, 16, static value => value is UserSegments.New or UserSegments.Returning or UserSegments.Member),
        new(PageFrom, 128, static value => value.StartsWith('/')),
        new(Experiment, 64),
        new(ExperimentGroup, 64),
        new(CriticalRoute, 32),
    ]);

    /// <summary>Gets the number of registered keys, the built-in ones included.</summary>
    internal static int Count => _keys.ByName.Count;

    /// <summary>
    /// Registers keys of the application for this process. Registering the same definition again has no effect.
    /// </summary>
    /// <param name="keys">The keys.</param>
    /// <exception cref="InvalidOperationException">
    /// A key of the same name has another definition, or all keys with their longest values would have more than 1024 characters as
    /// <c>baggage</c>.
    /// </exception>
    public static void Register(params ReadOnlySpan<JourneyKey> keys)
    {
        lock (_registering)
        {
            var all = new Dictionary<string, JourneyKey>(_keys.ByName, StringComparer.Ordinal);
            foreach (var key in keys)
            {
                if (!all.TryAdd(key.Name, key) && !all[key.Name].IsSameAs(key))
                {
                    throw new InvalidOperationException($"The journey key '{key.Name}' is already registered with another definition.");
                }
            }

            // Each member has an equals sign, and a comma or the end.
            var length = all.Values.Sum(key => key.Name.Length + key.MaxLength + 2);
            if (length > MaxTotalLength)
            {
                throw new InvalidOperationException(
                    $"The journey keys may need {length} characters of baggage; the limit is {MaxTotalLength}.");
            }

            _keys = new KeySet(all.Values);
        }
    }

    /// <summary>Finds the registered key of a name.</summary>
    internal static JourneyKey? Find(ReadOnlySpan<char> name) => _keys.BySpan.TryGetValue(name, out var key) ? key : null;

    /// <summary>Determines whether a name is registered and a value is valid for it.</summary>
    /// <param name="name">The name of a key.</param>
    /// <param name="value">The value.</param>
    public static bool IsValid(string name, ReadOnlySpan<char> value) => Find(name) is { } key && key.IsValid(value);

    private sealed class KeySet
    {
        public KeySet(IEnumerable<JourneyKey> keys)
        {
            ByName = keys.ToFrozenDictionary(key => key.Name, StringComparer.Ordinal);
            BySpan = ByName.GetAlternateLookup<ReadOnlySpan<char>>();
        }

        public FrozenDictionary<string, JourneyKey> ByName { get; }

        public FrozenDictionary<string, JourneyKey>.AlternateLookup<ReadOnlySpan<char>> BySpan { get; }
    }
}
