using Microsoft.Extensions.Options;
using Shop.Insights.Data;
using Shop.Insights.Events;
using Shop.Insights.Queries;
using Shop.Insights.Statistics;

namespace Shop.Insights.Experiments;

/// <summary>Compares the variants of experiments from the stored events.</summary>
internal sealed class ExperimentReader(InsightsDbContext db, EventFreshness freshness, IOptions<ExperimentOptions> options)
{
    private const string Exposure = "feature_flag.evaluation";

    // Paths of different visitors with the same pages are one. Each needs some 200 bytes.
    private const int MaxPaths = 200_000;

    /// <summary>Compares the variants of each experiment.</summary>
    public async Task<ExperimentResult> ReadAsync(ExperimentQuery query, CancellationToken cancellationToken)
    {
        var sql = new SqlParameters();
        var rows = new List<Row>();
        await using var transaction = await db.BeginQueryAsync(cancellationToken);
        await using var command = sql.CreateCommand(await db.OpenAsync(cancellationToken), GetSql(query, sql));
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                QueryLimitException.Check(rows.Count, MaxPaths, "different paths through the experiments");
                rows.Add(new(
                    reader.GetString(0), reader.GetString(1), reader.GetBoolean(2), reader.GetBoolean(3), reader.GetBoolean(4),
                    reader.GetBoolean(5), reader.GetFieldValue<string[]>(6), reader.GetInt64(7)));
            }
        }

        return new(
            query.Scope.From, query.Scope.To, await freshness.GetNewestAsync(cancellationToken),
            query.Scope.Unit.ToString().ToLowerInvariant(), query.Scope.IncludesSynthetic, query.Conversion.ToString(),
            query.Window.TotalSeconds,
            [.. rows.GroupBy(row => row.Experiment).OrderBy(group => group.Key, StringComparer.Ordinal).Select(CreateExperiment)]);
    }

    private ExperimentFigures CreateExperiment(IGrouping<string, Row> rows)
    {
        var expected = options.Value.Expected.GetValueOrDefault(rows.Key) ?? new();
        var counted = rows.Where(row => row is { IsForced: false, IsInSeveral: false }).ToLookup(row => row.Variant);
        var names = counted.Select(variant => variant.Key).Union(expected.Variants.Keys)
            .OrderBy(name => name != expected.Control)
            .ThenBy(name => name, StringComparer.Ordinal)
            .ToList();
        var shares = names.ToDictionary(name => name, name => expected.Variants.GetValueOrDefault(name)?.Share ?? 1);
        var units = counted.Sum(variant => variant.Sum(row => row.Count));
        var variants = new List<VariantFigures>();
        foreach (var name in names)
        {
            variants.Add(CreateVariant(
                name, [.. counted[name]], units, shares[name] / shares.Values.Sum(),
                expected.Variants.GetValueOrDefault(name)?.GetPages() ?? [], control: variants.FirstOrDefault()));
        }

        return new(
            rows.Key,
            rows.Sum(row => row.Count),
            rows.Where(row => row is { IsInSeveral: true, IsForced: false }).Sum(row => row.Count),
            rows.Where(row => row.IsForced).Sum(row => row.Count),
            SampleRatio.Test([.. variants.Select(variant => (variant.AssignedUnits, variant.ExpectedShare))]),
            variants);
    }

    private static VariantFigures CreateVariant(
        string name, IReadOnlyList<Row> rows, long allUnits, double expectedShare, IReadOnlyList<string> pages, VariantFigures? control)
    {
        var rate = new Proportion(rows.Where(row => row.Converted).Sum(row => row.Count), rows.Sum(row => row.Count));
        var interval = rate.GetInterval();
        var paths = PathConsistency.Compare([.. rows.Select(row => (row.Pages, row.Count))], pages);
        return new(
            name, expectedShare, rate.Count, rows.Where(row => row.IsAssigned).Sum(row => row.Count),
            allUnits == 0 ? 0 : (double)rate.Count / allUnits, rate.Hits, rate.Share, interval?.Low, interval?.High,
            control is { Units: > 0 } ? rate.Share - control.Rate : null,
            control is null ? null : Proportion.Compare(new(control.Conversions, control.Units), rate),
            paths,
            paths?.ExactShare - control?.Paths?.ExactShare,
            paths?.MeanDistance - control?.Paths?.MeanDistance);
    }

    private string GetSql(ExperimentQuery query, SqlParameters sql)
    {
        var scope = query.Scope;
        var unit = scope.Unit.GetColumn();
        var (from, to) = (sql.Add(scope.From.UtcDateTime), sql.Add(scope.To.UtcDateTime));
        // The pages before the exposure, and the conversion after it.
        var (start, end) = (sql.Add((scope.From - query.Window).UtcDateTime), sql.Add((scope.To + query.Window).UtcDateTime));
        var window = sql.Add((long)query.Window.TotalMilliseconds);
        var synthetic = scope.GetSyntheticCondition();
        var filters = ScopeFilterSql.GetConditions(scope, sql, [Exposure]);
        var conversion = query.Conversion.GetCondition(sql);
        // The pages of each experiment: others are detours.
        var pages = options.Value.Expected
            .SelectMany(experiment => experiment.Value.Variants.Values.SelectMany(variant => variant.GetPages())
                .Distinct().Select(page => (Experiment: experiment.Key, Page: page)))
            .ToList();
        var (experiments, routes) =
            (sql.Add(pages.Select(page => page.Experiment).ToArray()), sql.Add(pages.Select(page => page.Page).ToArray()));
        return $"""
            WITH exposures AS (
                SELECT {unit} AS unit, position, properties ->> 'feature_flag.key' AS experiment,
                    properties ->> 'feature_flag.result.variant' AS variant,
                    coalesce(properties ->> 'feature_flag.result.reason' = 'static', false) AS forced,
                    coalesce(properties ->> 'feature_flag.result.reason' = 'split', false) AS assigned
                FROM events
                WHERE time >= {from} AND time < {to} AND name = '{Exposure}' AND {unit} IS NOT NULL{synthetic}{filters}),
            exposed AS MATERIALIZED (
                SELECT unit, experiment, (array_agg(variant ORDER BY position))[1] AS variant, count(DISTINCT variant) > 1 AS several,
                    bool_or(forced) AS forced, bool_or(assigned) AS assigned, min(position) AS position
                FROM exposures WHERE experiment IS NOT NULL AND variant IS NOT NULL
                GROUP BY unit, experiment),
            converted AS MATERIALIZED (
                SELECT DISTINCT e.unit, e.experiment
                FROM exposed e
                JOIN (
                    SELECT {unit} AS unit, position FROM events
                    WHERE time >= {from} AND time < {end} AND {unit} IS NOT NULL AND {conversion}) c
                    ON c.unit = e.unit AND c.position > e.position AND (c.position >> 22) - (e.position >> 22) <= {window}),
            viewed AS (
                SELECT e.unit, e.experiment, v.position, v.page_path,
                    lag(v.page_path) OVER (PARTITION BY e.unit, e.experiment ORDER BY v.position) AS before
                FROM exposed e
                JOIN (SELECT * FROM unnest({experiments}, {routes}) AS p (experiment, route)) p ON p.experiment = e.experiment
                JOIN events v ON v.{unit} = e.unit AND v.page_path = p.route
                WHERE v.time >= {start} AND v.time < {end} AND v.name = 'page.viewed'
                    AND coalesce(v.properties ->> 'http.response.status_code', '') < '4'),
            paths AS (
                SELECT unit, experiment, array_agg(page_path ORDER BY position) AS pages
                FROM viewed WHERE before IS DISTINCT FROM page_path GROUP BY unit, experiment)
            SELECT e.experiment, e.variant, e.forced, e.several, c.unit IS NOT NULL AS converted, e.assigned,
                coalesce(p.pages, ARRAY[]::text[]) AS pages, count(*)
            FROM exposed e
            LEFT JOIN converted c ON c.unit = e.unit AND c.experiment = e.experiment
            LEFT JOIN paths p ON p.unit = e.unit AND p.experiment = e.experiment
            GROUP BY 1, 2, 3, 4, 5, 6, 7
            """;
    }

    private sealed record Row(
        string Experiment, string Variant, bool IsForced, bool IsInSeveral, bool Converted, bool IsAssigned, string[] Pages,
        long Count);
}
