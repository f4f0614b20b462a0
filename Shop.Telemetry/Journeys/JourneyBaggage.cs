using OpenTelemetry;

namespace Shop.Telemetry.Journeys;

/// <summary>
/// Reads and writes the W3C <c>baggage</c> header (https://www.w3.org/TR/baggage), such as
/// <c>session.id=4bf9,shop.journey.id=77aa;property=ignored</c>. Only registered <see cref="JourneyKeys"/> with valid values are read
/// and written.
/// </summary>
internal static class JourneyBaggage
{
    public const string HeaderName = "baggage";

    // The limits that W3C asks every platform to support, in bytes and in members. Whatever exceeds them is ignored.
    private const int MaxLength = 8192;
    private const int MaxMembers = 64;

    // A baggage is a copy of the dictionary that it is created from, so each thread reuses one.
    [ThreadStatic]
    private static Dictionary<string, string>? _members;

    // The last header of this thread: a request often sends the same journey to several services.
    [ThreadStatic]
    private static (IReadOnlyDictionary<string, string> Members, string? Header) _lastFormatted;

    /// <summary>Reads the values of the header. When a key is repeated, its last valid value counts.</summary>
    public static Baggage Parse(params ReadOnlySpan<string?> headers)
    {
        var members = _members ??= new(JourneyKeys.Count, StringComparer.Ordinal);
        members.Clear();
        var (remainingLength, remainingMembers) = (MaxLength, MaxMembers);
        foreach (var header in headers)
        {
            if (header is null || (remainingLength -= header.Length) < 0)
            {
                break;
            }

            foreach (var member in header.AsSpan().Split(','))
            {
                if (--remainingMembers < 0)
                {
                    break;
                }

                ReadMember(header.AsSpan(member), members);
            }
        }

        return members.Count > 0 ? Baggage.Create(members) : default;
    }

    /// <summary>Writes the value of the header; <see langword="null"/> if nothing is left to send.</summary>
    public static string? Format(Baggage baggage)
    {
        if (baggage.Count == 0)
        {
            return null;
        }

        var members = baggage.GetBaggage();
        if (!ReferenceEquals(_lastFormatted.Members, members))
        {
            _lastFormatted = (members, FormatMembers(baggage));
        }

        return _lastFormatted.Header;
    }

    private static string? FormatMembers(Baggage baggage)
    {
        // All registered keys with their longest values fit.
        Span<char> header = stackalloc char[JourneyKeys.MaxTotalLength];
        var length = 0;
        foreach (var (name, value) in baggage)
        {
            if (!JourneyKeys.IsValid(name, value))
            {
                continue;
            }

            if (length > 0)
            {
                header[length++] = ',';
            }

            name.CopyTo(header[length..]);
            length += name.Length;
            header[length++] = '=';
            value.CopyTo(header[length..]);
            length += value.Length;
        }

        return length > 0 ? new string(header[..length]) : null;
    }

    private static void ReadMember(ReadOnlySpan<char> member, Dictionary<string, string> members)
    {
        var properties = member.IndexOf(';');
        if (properties >= 0)
        {
            member = member[..properties];
        }

        if (member.IndexOf('=') is not (> 0 and var equals) || JourneyKeys.Find(member[..equals].Trim()) is not { } key)
        {
            return;
        }

        // Valid values need no percent-encoding, but W3C allows a sender to encode any character.
        var encoded = member[(equals + 1)..].Trim();
        var value = encoded.Contains('%') ? Uri.UnescapeDataString(encoded) : encoded.ToString();
        if (key.IsValid(value))
        {
            members[key.Name] = value;
        }
    }
}
