using System.Diagnostics.CodeAnalysis;
using Shop.Insights.Queries;

namespace Shop.Insights.Funnels;

/// <summary>A step of a funnel.</summary>
/// <param name="Label">The name that people read.</param>
/// <param name="Event">The name of the event.</param>
/// <param name="Properties">The values that properties of the event must have.</param>
internal sealed record FunnelStep(string Label, string Event, IReadOnlyList<KeyValuePair<string, string>> Properties)
{
    /// <summary>The number of steps that a funnel has at least.</summary>
    public const int MinSteps = 2;

    /// <summary>The number of steps that a funnel has at most.</summary>
    public const int MaxSteps = 8;

    private const int MaxLength = 1000;

    /// <summary>Reads the steps of a funnel, such as <c>page.viewed; Checkout: page.viewed shop.page.path=/checkout</c>.</summary>
    public static bool TryParseAll(
        string? text, [NotNullWhen(true)] out IReadOnlyList<FunnelStep>? steps, [NotNullWhen(false)] out string? error)
    {
        (steps, error) = (null, null);
        var parts = (text ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length is < MinSteps or > MaxSteps || text!.Length > MaxLength)
        {
            error = $"A funnel has {MinSteps} to {MaxSteps} steps, separated by semicolons, of {MaxLength} characters in total.";
            return false;
        }

        var parsed = new List<FunnelStep>();
        foreach (var part in parts)
        {
            if (Parse(part) is not { } step)
            {
                error = $"'{part}' is not a step. Write 'event', 'Label: event' or 'event property=value'.";
                return false;
            }

            parsed.Add(step);
        }

        steps = parsed;
        return true;
    }

    /// <summary>Returns the text from which the step can be read again.</summary>
    public override string ToString() =>
        (Label == Event ? Event : $"{Label}: {Event}")
        + string.Concat(Properties.Select(property => $" {property.Key}={property.Value}"));

    /// <summary>Returns the condition of the rows of <c>events</c> that are the step.</summary>
    /// <param name="sql">Receives the values.</param>
    public string GetCondition(SqlParameters sql) =>
        $"name = {sql.Add(Event)}"
        + string.Concat(Properties.Select(property => $" AND {sql.GetProperty(property.Key)} = {sql.Add(property.Value)}"));

    /// <summary>Reads one step, such as <c>Checkout: page.viewed shop.page.path=/checkout</c>; null if the text is none.</summary>
    public static FunnelStep? Parse(string text)
    {
        var colon = text.IndexOf(": ", StringComparison.Ordinal);
        var words = (colon < 0 ? text : text[(colon + 1)..]).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0 || !IsName(words[0]) || colon == 0)
        {
            return null;
        }

        var properties = new List<KeyValuePair<string, string>>();
        foreach (var word in words.Skip(1))
        {
            if (word.Split('=', 2) is not [var name, { Length: > 0 } value] || !IsName(name))
            {
                return null;
            }

            properties.Add(new(name, value));
        }

        return new(colon < 0 ? words[0] : text[..colon].Trim(), words[0], properties);
    }

    /// <summary>Returns whether a text may be the name of an event or of a property.</summary>
    public static bool IsName(string text) =>
        text.Length is > 0 and <= 100 && text.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '_' or '-');
}
