using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using OpenTelemetry;

namespace Shop.Telemetry.Tracing;

/// <summary>
/// Names Npgsql's spans after what they do, <c>SELECT orders order_lines</c> (<c>db.query.summary</c>), where Npgsql calls them
/// all <c>postgresql</c>. Its own hook for that belongs to a data source, which each service makes for itself.
/// </summary>
internal sealed partial class DatabaseSpans : BaseProcessor<Activity>
{
    private const string Source = "Npgsql";
    private const string Summary = "db.query.summary";

    // Queries are written in code and their values are parameters: there are few. Of those made up at run time none is remembered.
    private const int MaxCachedQueries = 1000;
    private const int MaxLength = 255;

    private readonly ConcurrentDictionary<string, string> _summaries = new(StringComparer.Ordinal);

    public override void OnEnd(Activity data)
    {
        if (data.Source.Name != Source || data.GetTagItem("db.query.text") is not string query)
            return;

        if (!_summaries.TryGetValue(query, out var summary))
        {
            summary = Summarize(query);
            if (_summaries.Count < MaxCachedQueries)
                _summaries[query] = summary;
        }

        if (summary.Length == 0)
            return;
        data.DisplayName = summary;
        data.SetTag(Summary, summary);
    }

    /// <summary>Each statement's verb with the tables that it names; empty when there is none.</summary>
    internal static string Summarize(string query)
    {
        var summary = new StringBuilder();
        foreach (Match match in VerbOrTable().Matches(query))
        {
            var verb = match.Groups["verb"];
            var table = match.Groups["table"];
            if (table.Success && summary.Length == 0 && !verb.Success)
                continue;

            var length = summary.Length;
            if (verb.Success)
                summary.Append(length > 0 ? " " : "").Append(verb.Value.ToUpperInvariant());
            if (table.Success)
                summary.Append(' ').Append(table.Value.Replace("\"", "", StringComparison.Ordinal));
            if (summary.Length > MaxLength)
            {
                summary.Length = length;
                break;
            }
        }

        return summary.ToString();
    }

    [GeneratedRegex("""
        \b(?:
          (?<verb>insert)\s+into\s+(?<table>[\w."]+)
        | (?<verb>delete)\s+from\s+(?<table>[\w."]+)
        | (?<!\b(?:for|do)\s+)(?<verb>update)\s+(?<table>[\w."]+)
        | (?<verb>select|with|create|alter|drop|truncate|begin|commit|rollback)\b
        | (?:from|join)\s+(?<table>[\w."]+)
        )
        """, RegexOptions.IgnoreCase | RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant)]
    private static partial Regex VerbOrTable();
}
