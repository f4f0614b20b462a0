using System.Text;

namespace Shop.Tests.Support;

/// <summary>Random headers of an attacker who forges sessions, trace context and baggage, or sends malformed values.</summary>
internal static class HostileHeaders
{
    public const string Cookie = "shop-session";
    public const string SessionHeader = "X-Shop-Session";

    /// <summary>A trace id that an attacker chose.</summary>
    public const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";

    private const string SpanId = "00f067aa0ba902b7";

    private static readonly string[] _names =
    [
        "traceparent", "tracestate", "baggage", "X-Request-Id", "Cookie", SessionHeader, "Request-Id", "Correlation-Context",
        "Shop-Service-Key",
    ];

    /// <param name="random">The source of randomness.</param>
    /// <param name="genuine">A valid session token, from which invalid ones are made.</param>
    public static IEnumerable<(string Name, string Value)> Next(Random random, string genuine)
    {
        foreach (var name in _names)
        {
            var value = Any(random, genuine);
            yield return (name, name == "Cookie" ? $"{Cookie}={value.Replace(';', '.').Replace(',', '.')}" : value);
        }
    }

    private static string Any(Random random, string genuine) => random.Next(6) switch
    {
        0 => new string('a', random.Next(1, 4000)),
        1 => string.Concat(Enumerable.Range(0, random.Next(1, 300)).Select(_ => (char)random.Next(0x20, 0x7f))),
        2 => $"00-{TraceId}-{SpanId}-{random.Next(256):x2}{(random.Next(2) == 0 ? "-extra" : "")}",
        3 => "session.id=forged,shop.journey.id=forged,shop.request.id=forged,shop.critical_route=payment,"
            + new string('b', random.Next(2000)),
        4 => "ot=th:0;rv:ffffffffffffff," + string.Join(',', Enumerable.Range(0, random.Next(100)).Select(i => $"v{i}=1")),
        _ => Forge(random, genuine),
    };

    // The valid token with a flipped bit, cut, or extended.
    private static string Forge(Random random, string genuine)
    {
        var forged = new StringBuilder(genuine);
        var at = random.Next(5, forged.Length - 1);
        switch (random.Next(3))
        {
            case 0:
                forged[at] = forged[at] == 'A' ? 'B' : 'A';
                break;
            case 1:
                forged.Length = at;
                break;
            default:
                forged.Insert(at, "AAAA");
                break;
        }

        return forged.ToString();
    }
}
