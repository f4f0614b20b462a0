using System.Buffers;
using System.Globalization;

namespace Shop.Telemetry.Journeys;

/// <summary>Checks a value of a <see cref="JourneyKey"/>.</summary>
/// <param name="value">The value, at least one and at most <see cref="JourneyKey.MaxLength"/> characters long.</param>
/// <returns><see langword="true"/> if the value is valid.</returns>
public delegate bool JourneyValueValidator(ReadOnlySpan<char> value);

/// <summary>
/// A value that travels with a journey: its name, and what a valid value looks like. The name is the same in W3C <c>baggage</c>, on
/// spans and on log records. A value that is not valid is left out as a whole and never truncated.
/// </summary>
public sealed class JourneyKey
{
    /// <summary>The largest <see cref="MaxLength"/>, in characters.</summary>
    public const int MaxValueLength = 128;

    // Numbers up to this one are boxed once. Larger ones are boxed whenever they are read.
    private const int MaxCachedNumber = 127;

    // A value is written to the header without percent-encoding, so it has no space, quote, percent sign, comma, semicolon or backslash.
    private static readonly SearchValues<char> _identifierCharacters =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.:");

    private static readonly SearchValues<char> _valueCharacters =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.:/{}*?~");

    private static readonly SearchValues<char> _nameCharacters = SearchValues.Create("0123456789abcdefghijklmnopqrstuvwxyz_.");

    private static readonly object[] _cachedNumbers = [.. Enumerable.Range(0, MaxCachedNumber + 1).Select(number => (object)number)];

    private readonly JourneyValueValidator? _validator;

    /// <summary>Defines a key. An application registers its keys with <c>builder.AddJourneyKeys(...)</c>.</summary>
    /// <param name="name">The attribute name, such as <c>shop.item.id</c>: lower-case letters, digits, dots and underscores.</param>
    /// <param name="maxLength">The maximum length of a value in characters, from 1 to <see cref="MaxValueLength"/>.</param>
    /// <param name="validator">
    /// Checks a value beyond its length. Without one, a value is an identifier: letters, digits, hyphens, underscores, dots and colons.
    /// With one, slashes, braces, asterisks, question marks and tildes are possible too.
    /// </param>
    /// <param name="isNumber">
    /// <see langword="true"/> if values are non-negative integers, which become numeric attributes of spans and log records.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty or has other characters.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxLength"/> is out of its range.</exception>
    public JourneyKey(string name, int maxLength, JourneyValueValidator? validator = null, bool isNumber = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.AsSpan().ContainsAnyExcept(_nameCharacters))
        {
            throw new ArgumentException($"'{name}' may only have lower-case letters, digits, dots and underscores.", nameof(name));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxLength, MaxValueLength);
        (Name, MaxLength, IsNumber, _validator) = (name, maxLength, isNumber, validator);
    }

    /// <summary>Gets the name of the baggage member and of the attribute.</summary>
    public string Name { get; }

    /// <summary>Gets the maximum length of a value, in characters.</summary>
    public int MaxLength { get; }

    /// <summary>Gets a value indicating whether values are non-negative integers.</summary>
    public bool IsNumber { get; }

    /// <summary>Determines whether a value may travel with the journey.</summary>
    /// <param name="value">The value, as it is in the <c>baggage</c> header.</param>
    /// <returns><see langword="true"/> if the length and all characters are allowed and the validator accepts the value.</returns>
    public bool IsValid(ReadOnlySpan<char> value)
    {
        if (value.Length == 0 || value.Length > MaxLength)
        {
            return false;
        }

        if (IsNumber && value.ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        return _validator is null
            ? !value.ContainsAnyExcept(_identifierCharacters)
            : !value.ContainsAnyExcept(_valueCharacters) && _validator(value);
    }

    /// <summary>Returns the name of the key.</summary>
    public override string ToString() => Name;

    /// <summary>Converts a value of the baggage into an attribute value: a number where the key is one, the text otherwise.</summary>
    internal object ToAttribute(string value)
    {
        if (!IsNumber || !int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return value;
        }

        return number <= MaxCachedNumber ? _cachedNumbers[number] : number;
    }

    /// <summary>Determines whether another definition has the same name, limit, validator and type.</summary>
    internal bool IsSameAs(JourneyKey other) =>
        (Name, MaxLength, IsNumber) == (other.Name, other.MaxLength, other.IsNumber) && _validator == other._validator;
}
