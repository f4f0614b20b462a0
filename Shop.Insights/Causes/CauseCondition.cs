using System.Diagnostics.CodeAnalysis;
using Shop.Insights.Funnels;

namespace Shop.Insights.Causes;

/// <summary>The condition of a rule.</summary>
/// <param name="Subject">The kind of record that must exist.</param>
/// <param name="Event">The name of the event; null for another subject.</param>
/// <param name="Comparisons">The comparisons that its properties must pass.</param>
/// <param name="WithoutEvent">The name of an event that must not follow; null for none.</param>
/// <param name="WithoutComparisons">The comparisons that the properties of that event pass.</param>
internal sealed record CauseCondition(
    CauseSubject Subject,
    string? Event,
    IReadOnlyList<CauseComparison> Comparisons,
    string? WithoutEvent,
    IReadOnlyList<CauseComparison> WithoutComparisons)
{
    private const int MaxLength = 500;
    private const string LostRedirect = "lost-redirect";

    /// <summary>Reads a condition, such as <c>span kind=client http.response.status_code=504</c>.</summary>
    public static bool TryParse(
        string? text, [NotNullWhen(true)] out CauseCondition? condition, [NotNullWhen(false)] out string? error)
    {
        condition = null;
        error = text?.Length > MaxLength ? $"A condition may have at most {MaxLength} characters." : null;
        if (error is null)
        {
            var words = (text ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            var without = Array.IndexOf(words, "without");
            condition = Parse(words[..(without < 0 ? words.Length : without)], without < 0 ? null : words[(without + 1)..], out error);
        }

        return condition is not null;
    }

    private static CauseCondition? Parse(string[] words, string[]? without, out string? error)
    {
        error = "A condition is 'span property=value …', 'event name [property=value …] [without event name [property=value …]]' or "
            + "'lost-redirect'.";
        switch (words)
        {
            case [LostRedirect] when without is null:
                error = null;
                return new(CauseSubject.LostRedirect, null, [], null, []);
            case ["span", _, ..] when without is null:
                return ParseComparisons(words[1..], isSpan: true, out error) is { } properties
                    ? new(CauseSubject.Span, null, properties, null, [])
                    : null;
            case ["event", var name, ..] when FunnelStep.IsName(name) && without is null or ["event", _, ..]:
                if (without is ["event", var other, ..] && !FunnelStep.IsName(other))
                {
                    return null;
                }

                var first = ParseComparisons(words[2..], isSpan: false, out error);
                var second = first is null || without is null ? [] : ParseComparisons(without[2..], isSpan: false, out error);
                return first is null || second is null ? null : new(CauseSubject.Event, name, first, without?[1], second);
            default:
                return null;
        }
    }

    private static List<CauseComparison>? ParseComparisons(string[] words, bool isSpan, out string? error)
    {
        error = null;
        var comparisons = new List<CauseComparison>();
        foreach (var word in words)
        {
            var isAtLeast = word.Contains(">=", StringComparison.Ordinal);
            if (word.Split(isAtLeast ? ">=" : "=", 2) is not [var name, { Length: > 0 } value] || !FunnelStep.IsName(name))
            {
                error = $"'{word}' is not a property. Write property=value, property=value|value or property>=number.";
                return null;
            }

            var comparison = new CauseComparison(name, isAtLeast, value.Split('|', StringSplitOptions.RemoveEmptyEntries));
            error = isSpan ? SpanComparisonSql.GetError(comparison)
                : isAtLeast ? $"'{name}' of an event has no order: write {name}=value."
                : null;
            if (error is not null)
            {
                return null;
            }

            comparisons.Add(comparison);
        }

        return comparisons;
    }
}

/// <summary>What must exist for a rule to apply.</summary>
internal enum CauseSubject
{
    /// <summary>A span.</summary>
    Span,

    /// <summary>An event.</summary>
    Event,

    /// <summary>A redirect whose target was not requested.</summary>
    LostRedirect,
}

/// <summary>A comparison of a property.</summary>
/// <param name="Name">The name of the property.</param>
/// <param name="IsAtLeast">Whether the property must be at least the value.</param>
/// <param name="Values">The value, or several of which one must be equal.</param>
internal sealed record CauseComparison(string Name, bool IsAtLeast, IReadOnlyList<string> Values);
