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

    /// <summary>Reads the values of the header. When a key is repeated, its last valid value counts.</summary>
    public static Baggage Parse(IEnumerable<string?>? headers)
    {
        if (headers is null)
        {
            return default;
        }

        Dictionary<string, string>? members = null;
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

                ReadMember(header.AsSpan(member), ref members);
            }
        }

        return Baggage.Create(members);
    }

    /// <summary>Writes the value of the header; <see langword="null"/> if nothing is left to send.</summary>
    public static string? Format(Baggage baggage)
    {
        if (baggage.Count == 0)
        {
            return null;
        }

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

    private static void ReadMember(ReadOnlySpan<char> member, ref Dictionary<string, string>? members)
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
            (members ??= new(JourneyKeys.Count, StringComparer.Ordinal))[key.Name] = value;
        }
    }
}
