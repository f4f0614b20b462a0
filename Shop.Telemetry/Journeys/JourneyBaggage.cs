using System.Text;
using OpenTelemetry;

namespace Shop.Telemetry.Journeys;

/// <summary>
/// The <c>baggage</c> header (w3.org/TR/baggage): <c>session.id=4bf9,shop.item.id=mug-01;property=ignored</c>. Only what
/// <see cref="JourneyKeys"/> allows is read or written; members beyond the limits are left out whole.
/// </summary>
internal static class JourneyBaggage
{
    public const string Header = "baggage";

    // W3C asks everybody to carry 64 members and 8192 bytes. Ours are far fewer; more than this is not looked at.
    private const int MaxLength = 8192;
    private const int MaxMembers = 64;

    public static Baggage Parse(IEnumerable<string?>? headers)
    {
        if (headers is null)
            return default;

        Dictionary<string, string>? known = null;
        var (characters, members) = (MaxLength, MaxMembers);
        foreach (var header in headers)
        {
            if (header is null || (characters -= header.Length) < 0)
                break;
            foreach (var member in header.AsSpan().Split(','))
            {
                if (--members < 0)
                    break;
                Read(header.AsSpan(member), ref known);
            }
        }

        return Baggage.Create(known);
    }

    /// <summary>Null when there is nothing to tell.</summary>
    public static string? Format(Baggage baggage)
    {
        if (baggage.Count == 0)
            return null;

        StringBuilder? header = null;
        foreach (var (name, value) in baggage)
        {
            if (!JourneyKeys.IsValid(name, value))
                continue;
            header = header?.Append(',') ?? new StringBuilder(256);
            header.Append(name).Append('=').Append(value);
        }

        return header?.ToString();
    }

    private static void Read(ReadOnlySpan<char> member, ref Dictionary<string, string>? known)
    {
        var properties = member.IndexOf(';');
        if (properties >= 0)
            member = member[..properties];
        if (member.IndexOf('=') is not (> 0 and var equals) || JourneyKeys.Find(member[..equals].Trim()) is not { } key)
            return;

        // We write nothing that needs encoding; others may encode what needs none.
        var value = member[(equals + 1)..].Trim();
        var text = value.Contains('%') ? Uri.UnescapeDataString(value) : value.ToString();
        if (key.Accepts(text))
            (known ??= new(JourneyKeys.Count, StringComparer.Ordinal))[key.Name] = text;
    }
}
