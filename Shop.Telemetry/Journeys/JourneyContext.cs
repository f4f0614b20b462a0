using System.Diagnostics;
using System.Globalization;
using OpenTelemetry;

namespace Shop.Telemetry.Journeys;

/// <summary>
/// The journey that the current request or message belongs to. It is stored in OpenTelemetry's <see cref="Baggage"/>, which crosses
/// HTTP, gRPC and messages. The edge sets the ids, and every service reads them here. Reading does not allocate.
/// </summary>
/// <remarks>
/// <see cref="Activity.Baggage"/> is a second baggage, which OpenTelemetry neither reads nor writes
/// (https://github.com/open-telemetry/opentelemetry-dotnet/issues/5667). It belongs to an activity, and neither a dropped trace nor a
/// scope with suppressed instrumentation has one. It stays empty; see <c>TracePropagator</c>.
/// </remarks>
public readonly struct JourneyContext
{
    private readonly Baggage _baggage;

    internal JourneyContext(Baggage baggage) => _baggage = baggage;

    /// <summary>Gets the journey of the current execution context.</summary>
    public static JourneyContext Current => new(Baggage.Current);

    /// <summary>Gets the id of the visitor's session; <see langword="null"/> outside of a session.</summary>
    public string? SessionId => _baggage.GetBaggage(JourneyKeys.SessionId);

    /// <summary>Gets the id of the journey: one path through the application, from the first page to its end.</summary>
    public string? JourneyId => _baggage.GetBaggage(JourneyKeys.JourneyId);

    /// <summary>Gets the id of the external request that caused the current work.</summary>
    public string? RequestId => _baggage.GetBaggage(JourneyKeys.RequestId);

    /// <summary>Gets one of <see cref="UserSegments"/>.</summary>
    public string? UserSegment => _baggage.GetBaggage(JourneyKeys.UserSegment);

    /// <summary>Gets the route template of the page that the visitor came from, such as <c>/products/{sku}</c>.</summary>
    public string? PageFrom => _baggage.GetBaggage(JourneyKeys.PageFrom);

    /// <summary>Gets the experiment (A/B test) that the visitor takes part in.</summary>
    public string? Experiment => _baggage.GetBaggage(JourneyKeys.Experiment);

    /// <summary>Gets the variant of the <see cref="Experiment"/> that the visitor sees.</summary>
    public string? ExperimentGroup => _baggage.GetBaggage(JourneyKeys.ExperimentGroup);

    /// <summary>Gets the critical route that the request or message is part of; <see langword="null"/> if it is part of none.</summary>
    public string? CriticalRoute => _baggage.GetBaggage(JourneyKeys.CriticalRoute);

    /// <summary>
    /// Sets a text value for everything that follows in this request or message, in every service, and on the current span. Concurrent
    /// branches of one request share their values. A value that is not valid for the key, or a key that is not registered, is ignored.
    /// </summary>
    /// <param name="key">A registered key.</param>
    /// <param name="value">The value.</param>
    public static void Set(JourneyKey key, string value)
    {
        ArgumentNullException.ThrowIfNull(key);
        Set(key.Name, value);
    }

    /// <summary>Sets a number, in the same way as <see cref="Set(JourneyKey, string)"/>.</summary>
    /// <param name="key">A registered key.</param>
    /// <param name="value">The number. A negative one is not valid and is ignored.</param>
    public static void Set(JourneyKey key, int value)
    {
        ArgumentNullException.ThrowIfNull(key);
        Set(key.Name, value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Sets the page that the visitor came from, in the same way as <see cref="Set(JourneyKey, string)"/>.</summary>
    /// <param name="route">The route template of the page, such as <c>/products/{sku}</c>: at most 128 characters.</param>
    public static void SetPageFrom(string route) => Set(JourneyKeys.PageFrom, route);

    /// <summary>Marks everything that follows as part of a critical route.</summary>
    internal static void SetCriticalRoute(string name) => Set(JourneyKeys.CriticalRoute, name);

    /// <summary>Continues the journey of a received baggage header, for everything that follows, and adds it to the current span.</summary>
    /// <param name="baggage">The value of the W3C <c>baggage</c> header; <see langword="null"/> without one.</param>
    public static void SetFromHeader(string? baggage)
    {
        Baggage.Current = JourneyBaggage.Parse(baggage);
        Current.AddTo(Activity.Current);
    }

    /// <summary>Gets the value of a key that the application has registered; <see langword="null"/> if it is not set.</summary>
    /// <param name="key">The key.</param>
    public string? GetValue(JourneyKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return _baggage.GetBaggage(key.Name);
    }

    /// <summary>Enumerates the names and values that are set, as attributes of spans and log records.</summary>
    public Enumerator GetEnumerator() => new(_baggage);

    /// <summary>Adds the values to a span that was started before they were set.</summary>
    /// <param name="span">The span; nothing happens without one, or when it is not recorded.</param>
    public void AddTo(Activity? span)
    {
        if (span is not { IsAllDataRequested: true })
        {
            return;
        }

        foreach (var (name, value) in this)
        {
            span.SetTag(name, value);
        }
    }

    private static void Set(string name, string value)
    {
        if (JourneyKeys.Find(name) is not { } key || !key.IsValid(value))
        {
            return;
        }

        // A change copies all values. The critical route of a request, for example, is set by each service on its way.
        var baggage = Baggage.Current;
        if (baggage.GetBaggage(name) != value)
        {
            Baggage.Current = baggage.SetBaggage(name, value);
        }

        if (Activity.Current is { IsAllDataRequested: true } span)
        {
            span.SetTag(name, key.ToAttribute(value));
        }
    }

    /// <summary>Enumerates the values of a journey without allocating.</summary>
    public struct Enumerator
    {
        private Dictionary<string, string>.Enumerator _members;

        internal Enumerator(Baggage baggage) => _members = baggage.GetEnumerator();

        /// <summary>Gets the name and the value, which is a string or a boxed <see cref="int"/>.</summary>
        public KeyValuePair<string, object> Current { get; private set; }

        /// <summary>Advances to the next value.</summary>
        /// <returns><see langword="false"/> after the last value.</returns>
        public bool MoveNext()
        {
            while (_members.MoveNext())
            {
                var (name, value) = _members.Current;

                // Any code can add members to Baggage.Current. Only registered keys become telemetry.
                if (JourneyKeys.Find(name) is { } key)
                {
                    Current = new(name, key.ToAttribute(value));
                    return true;
                }
            }

            return false;
        }
    }
}
