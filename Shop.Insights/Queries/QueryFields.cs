using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;

namespace Shop.Insights.Queries;

/// <summary>
/// Reads query parameters. The pages and the API have the same ones, so the address of a page tells how to request its data.
/// </summary>
internal sealed class QueryFields(IQueryCollection query, TimeProvider time)
{
    private const int MaxTextLength = 200;

    private static readonly TimeSpan _defaultRange = TimeSpan.FromHours(24);
    private static readonly TimeSpan _maxRange = TimeSpan.FromDays(3660);

    private readonly Dictionary<string, string[]> _errors = [];

    /// <summary>Gets what is wrong, by field; empty if nothing is.</summary>
    public IReadOnlyDictionary<string, string[]> Errors => _errors;

    /// <summary>Returns a text; null if the field is absent or empty.</summary>
    public string? GetText(string name, int maxLength = MaxTextLength)
    {
        var text = query[name].ToString().Trim();
        if (text.Length > maxLength)
        {
            AddError(name, $"The value may have at most {maxLength} characters.");
            return null;
        }

        // PostgreSQL refuses it.
        if (text.Contains('\0'))
        {
            AddError(name, "The value must not contain U+0000.");
            return null;
        }

        return text.Length == 0 ? null : text;
    }

    /// <summary>Returns a member of an enumeration, written in lower case.</summary>
    public T GetEnum<T>(string name, T missing) where T : struct, Enum => GetEnum<T>(name) ?? missing;

    /// <summary>Returns a member of an enumeration, written in lower case; null if the field is absent.</summary>
    public T? GetEnum<T>(string name) where T : struct, Enum
    {
        if (GetText(name) is not { } text)
        {
            return null;
        }

        foreach (var value in Enum.GetValues<T>())
        {
            if (value.ToString().Equals(text, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        AddError(name, $"The value must be one of: {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}.");
        return null;
    }

    /// <summary>
    /// Returns a whole number from <paramref name="min"/> to <paramref name="max"/>, both included. Adds an error and returns
    /// <paramref name="missing"/> if the value is not valid.
    /// </summary>
    public int GetNumber(string name, int missing, int min, int max)
    {
        if (GetText(name) is not { } text)
        {
            return missing;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
        {
            return number;
        }

        AddError(name, string.Create(CultureInfo.InvariantCulture, $"The value must be a whole number from {min} to {max}."));
        return missing;
    }

    /// <summary>
    /// Returns a Boolean; false if the field is absent. Adds an error and returns false if the value is not valid.
    /// </summary>
    public bool GetFlag(string name)
    {
        if (GetText(name) is not { } text)
        {
            return false;
        }

        if (bool.TryParse(text, out var flag))
        {
            return flag;
        }

        AddError(name, "The value must be true or false.");
        return false;
    }

    /// <summary>
    /// Returns a time span above zero, such as <c>30m</c>, <c>24h</c> or <c>7d</c>, of at most <paramref name="max"/>. Adds an error and
    /// returns <paramref name="missing"/> if the value is not valid.
    /// </summary>
    public TimeSpan GetDuration(string name, TimeSpan missing, TimeSpan max)
    {
        if (GetText(name) is not { } text)
        {
            return missing;
        }

        if (TryParseDuration(text, out var duration) && duration > TimeSpan.Zero && duration <= max)
        {
            return duration;
        }

        AddError(name, $"The value must be a number with s, m, h or d, such as 30m, of at most {FormatDuration(max)}.");
        return missing;
    }

    /// <summary>Reads the parameters that all queries share: range, unit, filters and synthetic visitors.</summary>
    public EventScope GetScope()
    {
        var now = time.GetUtcNow();
        var last = GetDuration("last", _defaultRange, _maxRange);
        var to = GetTime("to") ?? now;
        var from = GetTime("from") ?? to - last;
        if (from >= to)
        {
            AddError("from", "The time must be before 'to'.");
        }
        else if (to - from > _maxRange)
        {
            AddError("from", $"The range may have at most {FormatDuration(_maxRange)}.");
        }

        var filters = new Dictionary<EventDimension, string>();
        foreach (var dimension in Enum.GetValues<EventDimension>())
        {
            if (GetText(dimension.ToString().ToLowerInvariant()) is { } value)
            {
                filters[dimension] = value;
            }
        }

        return new(from, to, GetEnum("unit", EventUnit.Session), filters, GetFlag("synthetic"));
    }

    /// <summary>Reads the result of a page; null if a field is wrong, or the range is too long.</summary>
    public async Task<T?> ReadAsync<T>(Func<Task<T>> read) where T : class
    {
        if (Errors.Count > 0)
        {
            return null;
        }

        try
        {
            return await read();
        }
        catch (QueryLimitException exception)
        {
            AddError(QueryLimitException.Field, exception.Message);
            return null;
        }
    }

    /// <summary>Adds an error of a field.</summary>
    public void AddError(string name, string error) => _errors.TryAdd(name, [error]);

    /// <summary>Returns the query of the address with some fields replaced; a null value removes the field.</summary>
    public string With(params (string Name, string? Value)[] changes)
    {
        var fields = query.ToDictionary(field => field.Key, field => (string?)field.Value.ToString());
        foreach (var (name, value) in changes)
        {
            fields[name] = value;
        }

        return QueryHelpers.AddQueryString("", fields.Where(field => !string.IsNullOrEmpty(field.Value)));
    }

    /// <summary>Writes a time span as it can be read again.</summary>
    public static string FormatDuration(TimeSpan duration)
    {
        var (number, unit) = duration.Ticks switch
        {
            var ticks when ticks % TimeSpan.TicksPerDay == 0 => (duration.TotalDays, 'd'),
            var ticks when ticks % TimeSpan.TicksPerHour == 0 => (duration.TotalHours, 'h'),
            var ticks when ticks % TimeSpan.TicksPerMinute == 0 => (duration.TotalMinutes, 'm'),
            _ => (duration.TotalSeconds, 's'),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{number:0}{unit}");
    }

    /// <summary>Reads a time span, such as <c>30m</c>, <c>24h</c> or <c>7d</c>.</summary>
    public static bool TryParseDuration(string text, out TimeSpan duration)
    {
        duration = default;
        if (!int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > 1_000_000)
        {
            return false;
        }

        TimeSpan? unit = text[^1] switch
        {
            's' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMinutes(1),
            'h' => TimeSpan.FromHours(1),
            'd' => TimeSpan.FromDays(1),
            _ => null,
        };
        duration = number * unit.GetValueOrDefault();
        return unit is not null;
    }

    /// <summary>Reads a time of ISO 8601, of the years 2000 to 2199. Without a zone, as the field of a form writes it, it is UTC.</summary>
    public static bool TryParseTime(string? text, out DateTimeOffset time) =>
        DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time)
        && time.Year is >= 2000 and < 2200;

    private DateTimeOffset? GetTime(string name)
    {
        if (GetText(name) is not { } text)
        {
            return null;
        }

        if (TryParseTime(text, out var parsed))
        {
            return parsed;
        }

        AddError(name, "The value must be a time, such as 2026-11-26T18:00:00Z.");
        return null;
    }
}
