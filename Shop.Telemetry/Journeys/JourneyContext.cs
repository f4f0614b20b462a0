using System.Diagnostics;
using System.Globalization;
using OpenTelemetry;

namespace Shop.Telemetry.Journeys;

/// <summary>
/// Whose journey the running request or message belongs to. It lives in OpenTelemetry's baggage and crosses every hop with it; the
/// edge writes it, and everybody else reads it here. Reading costs no allocation.
/// </summary>
/// <remarks>
/// Not in <see cref="Activity.Baggage"/>, which is another thing that OpenTelemetry does not know of
/// (github.com/open-telemetry/opentelemetry-dotnet/issues/5667): that one goes with an activity, and a sampled-out trace or a
/// suppressed scope has none. It stays empty here; see <c>TracePropagator</c>.
/// </remarks>
public readonly struct JourneyContext
{
    // As many as a cart usually has; more are boxed when they come.
    private static readonly object[] _smallNumbers = [.. Enumerable.Range(0, 128).Select(number => (object)number)];

    private readonly Baggage _baggage;

    internal JourneyContext(Baggage baggage) => _baggage = baggage;

    public static JourneyContext Current => new(Baggage.Current);

    /// <summary>The visit: at least half an hour of one visitor.</summary>
    public string? SessionId => _baggage.GetBaggage(JourneyKeys.SessionId);

    /// <summary>One way through the shop, from a first page to an order or to nowhere.</summary>
    public string? JourneyId => _baggage.GetBaggage(JourneyKeys.JourneyId);

    /// <summary>One request from outside, with all that it causes inside.</summary>
    public string? RequestId => _baggage.GetBaggage(JourneyKeys.RequestId);

    /// <summary>One of <see cref="UserSegments"/>.</summary>
    public string? UserSegment => _baggage.GetBaggage(JourneyKeys.UserSegment);

    /// <summary>The route of the page that the visitor came from, <c>/products/{sku}</c>.</summary>
    public string? PageFrom => _baggage.GetBaggage(JourneyKeys.PageFrom);

    public int? CartItemCount => int.TryParse(_baggage.GetBaggage(JourneyKeys.CartItemCount), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;

    public string? ItemId => _baggage.GetBaggage(JourneyKeys.ItemId);

    /// <summary>The A/B test that the visitor takes part in.</summary>
    public string? Experiment => _baggage.GetBaggage(JourneyKeys.Experiment);

    public string? ExperimentGroup => _baggage.GetBaggage(JourneyKeys.ExperimentGroup);

    /// <summary>The class of the key node that all this is part of; null where it is part of none.</summary>
    public string? CriticalRoute => _baggage.GetBaggage(JourneyKeys.CriticalRoute);

    /// <summary>
    /// What business code has learnt on the way, from here on for everything below in every service, and on the span that runs now.
    /// A value that may not travel (too long, odd characters) is left out. Branches of one request that run side by side share it.
    /// </summary>
    public static void Set(int? cartItemCount = null, string? itemId = null, string? pageFrom = null)
    {
        var baggage = Baggage.Current;
        Set(ref baggage, JourneyKeys.CartItemCount, cartItemCount?.ToString(CultureInfo.InvariantCulture));
        Set(ref baggage, JourneyKeys.ItemId, itemId);
        Set(ref baggage, JourneyKeys.PageFrom, pageFrom);
        Baggage.Current = baggage;
    }

    /// <summary>Continues the journey of a W3C baggage header, here and in everything that this causes, and adds its attributes to the current span.</summary>
    /// <param name="baggage">The header of a message; <see langword="null"/> for none.</param>
    public static void SetFromHeader(string? baggage)
    {
        Baggage.Current = JourneyBaggage.Parse([baggage]);
        Current.AddTo(Activity.Current);
    }

    /// <summary>All that follows is part of this key node.</summary>
    internal static void SetCriticalRoute(string nodeClass)
    {
        var baggage = Baggage.Current;
        Set(ref baggage, JourneyKeys.CriticalRoute, nodeClass);
        Baggage.Current = baggage;
    }

    /// <summary>The names and values that are known, as they stand on spans and log lines: text, and numbers as numbers.</summary>
    public Enumerator GetEnumerator() => new(_baggage);

    /// <summary>Adds what is known to a span that started before it was known.</summary>
    public void AddTo(Activity? span)
    {
        if (span is not { IsAllDataRequested: true })
            return;
        foreach (var (name, value) in this)
            span.SetTag(name, value);
    }

    private static void Set(ref Baggage baggage, string name, string? value)
    {
        if (value is null || !JourneyKeys.IsValid(name, value))
            return;
        baggage = baggage.SetBaggage(name, value);
        if (Activity.Current is { IsAllDataRequested: true } span)
            span.SetTag(name, AsAttribute(name, value));
    }

    private static object AsAttribute(string name, string value)
    {
        if (name != JourneyKeys.CartItemCount || !int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return value;
        return number < _smallNumbers.Length ? _smallNumbers[number] : number;
    }

    public struct Enumerator
    {
        private Dictionary<string, string>.Enumerator _members;

        internal Enumerator(Baggage baggage) => _members = baggage.GetEnumerator();

        public KeyValuePair<string, object> Current { get; private set; }

        public bool MoveNext()
        {
            while (_members.MoveNext())
            {
                var (name, value) = _members.Current;
                // Anybody may put anything into Baggage.Current; only what is agreed on becomes telemetry.
                if (JourneyKeys.Find(name) is null)
                    continue;
                Current = new(name, AsAttribute(name, value));
                return true;
            }

            return false;
        }
    }
}
