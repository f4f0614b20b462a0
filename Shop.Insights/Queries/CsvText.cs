using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Shop.Insights.Queries;

/// <summary>Writes tables as CSV (RFC 4180).</summary>
internal static class CsvText
{
    /// <summary>Determines whether the caller wants CSV, by <c>?format=csv</c> or by the header Accept.</summary>
    public static bool IsWanted(HttpRequest request) =>
        request.Query["format"] == "csv"
        || (!request.Query.ContainsKey("format")
            && request.GetTypedHeaders().Accept.MaxBy(type => type.Quality ?? 1)?.MediaType.Value == "text/csv");

    /// <summary>Creates the response.</summary>
    public static ContentHttpResult Create(IEnumerable<string> header, IEnumerable<IEnumerable<object?>> rows)
    {
        var text = new StringBuilder();
        foreach (var row in rows.Prepend(header))
        {
            text.AppendJoin(',', row.Select(Format)).Append("\r\n");
        }

        return TypedResults.Text(text.ToString(), "text/csv", Encoding.UTF8);
    }

    private static string Format(object? value)
    {
        var text = value switch
        {
            null => "",
            DateTimeOffset time => time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture),
            DateOnly day => day.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
            bool flag => flag ? "true" : "false",
            IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
            _ => value.ToString()!,
        };
        // A spreadsheet would take these for formulas.
        if (value is string && text is ['=' or '+' or '-' or '@', ..])
        {
            text = "'" + text;
        }

        return text.AsSpan().IndexOfAny("\",\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"")}\"";
    }
}
