using System.Globalization;
using Shop.Insights.Queries;
using Shop.Insights.Spans;

namespace Shop.Insights.Causes;

/// <summary>The properties of spans that conditions know.</summary>
internal static class SpanComparisonSql
{
    private const string Duration = "duration";
    private const string Kind = "kind";
    private const string Status = "status";
    private const string HttpStatus = "http.response.status_code";
    private const string CalleeService = "callee.service.name";

    private static readonly string[] _kinds = ["unspecified", "internal", "server", "client", "producer", "consumer"];

    private static readonly Dictionary<string, string> _columns = new(StringComparer.Ordinal)
    {
        ["service.name"] = "service",
        ["span.name"] = "name",
        ["error.type"] = "error_type",
        ["exception.type"] = "exception_type",
        ["http.route"] = "route",
        ["peer"] = "peer",
    };

    /// <summary>Returns why a comparison makes no sense; null if it does.</summary>
    public static string? GetError(CauseComparison comparison)
    {
        var (name, isAtLeast, values) = comparison;
        return name switch
        {
            _ when values.Count == 0 || (isAtLeast && values.Count > 1) => $"'{name}' needs a value.",
            Duration => isAtLeast && QueryFields.TryParseDuration(values[0], out _) ? null : "Write the duration as in duration>=2s.",
            HttpStatus => values.All(value => short.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                ? null
                : $"'{HttpStatus}' must be a number.",
            _ when isAtLeast => $"'{name}' has no order: write {name}=value.",
            Kind => values.All(value => _kinds.Contains(value)) ? null : $"The kind must be one of: {string.Join(", ", _kinds)}.",
            Status => values is ["error"] ? null : "The status can be 'error' only.",
            CalleeService => null,
            _ => _columns.ContainsKey(name)
                ? null
                : $"'{name}' is no property of a span. There are: {Kind}, {Status}, {Duration}, {HttpStatus}, {CalleeService}, "
                    + $"{string.Join(", ", _columns.Keys)}.",
        };
    }

    /// <summary>Returns the SQL of a comparison of a row of <c>spans</c>.</summary>
    /// <param name="comparison">The comparison.</param>
    /// <param name="sql">The parameters.</param>
    /// <param name="range">The condition of the time of the table <c>spans</c>.</param>
    public static string GetSql(CauseComparison comparison, SqlParameters sql, string range)
    {
        var (name, isAtLeast, values) = comparison;
        return name switch
        {
            Duration => $"duration >= {sql.Add(GetMicroseconds(values[0]))}",
            HttpStatus when isAtLeast => $"http_status >= {sql.Add(ParseNumber(values[0]))}",
            HttpStatus => $"http_status = ANY({sql.Add(values.Select(ParseNumber).ToArray())})",
            Kind => $"kind = ANY({sql.Add(values.Select(value => (short)Array.IndexOf(_kinds, value)).ToArray())})",
            Status => "failed",
            // The service that handled the call: the span of its request has this one as its parent.
            CalleeService => "EXISTS (SELECT FROM (SELECT * FROM spans WHERE " + range + ") h WHERE h.trace_id = spans.trace_id "
                + $"AND h.parent_id = spans.span_id AND h.kind = {SpanKind.Server:D} AND h.service = ANY({sql.Add(values.ToArray())}))",
            _ => $"{_columns[name]} = ANY({sql.Add(values.ToArray())})",
        };
    }

    private static short ParseNumber(string text) => short.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static long GetMicroseconds(string text) =>
        QueryFields.TryParseDuration(text, out var duration) ? (long)duration.TotalMicroseconds : 0;
}
