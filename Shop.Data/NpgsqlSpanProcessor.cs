using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using OpenTelemetry;

namespace Shop.Data;

/// <summary>
/// Sets <c>db.query.summary</c> on the spans of Npgsql and names them after it, such as <c>SELECT orders order_lines</c>.
/// </summary>
/// <remarks>
/// Npgsql 10 names every span <c>postgresql</c>, because it does not summarize queries
/// (https://github.com/npgsql/npgsql/issues/6064). Its <c>NpgsqlTracingOptionsBuilder.ConfigureCommandSpanNameProvider</c> belongs to
/// a data source, which each service creates for itself. This processor can go when Npgsql sets the summary.
/// </remarks>
internal sealed partial class NpgsqlSpanProcessor : BaseProcessor<Activity>
{
    private const string SourceName = "Npgsql";
    private const string QuerySummary = "db.query.summary";

    // Queries are constants of the code with parameters, so there are few. Queries that are composed at run time beyond this number
    // are summarized each time.
    private const int MaxCachedQueries = 1000;

    // The limit of the semantic conventions for db.query.summary, in characters.
    private const int MaxLength = 255;

    private readonly ConcurrentDictionary<string, string> _summaries = new(StringComparer.Ordinal);

    public override void OnEnd(Activity data)
    {
        if (data.Source.Name != SourceName || data.GetTagItem("db.query.text") is not string query)
        {
            return;
        }

        if (!_summaries.TryGetValue(query, out var summary))
        {
            summary = Summarize(query);
            if (_summaries.Count < MaxCachedQueries)
            {
                _summaries[query] = summary;
            }
        }

        if (summary.Length > 0)
        {
            data.DisplayName = summary;
            data.SetTag(QuerySummary, summary);
        }
    }

    /// <summary>Lists the verb of each statement and the tables that it names; empty if there is no known verb.</summary>
    internal static string Summarize(string query)
    {
        var summary = new StringBuilder();
        foreach (Match match in VerbOrTable().Matches(query))
        {
            var verb = match.Groups["verb"];
            var table = match.Groups["table"];
            if (table.Success && summary.Length == 0 && !verb.Success)
            {
                continue;
            }

            var length = summary.Length;
            if (verb.Success)
            {
                summary.Append(length > 0 ? " " : "").Append(verb.Value.ToUpperInvariant());
            }

            if (table.Success)
            {
                summary.Append(' ').Append(table.Value.Replace("\"", "", StringComparison.Ordinal));
            }

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
