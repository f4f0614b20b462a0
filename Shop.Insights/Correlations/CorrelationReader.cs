using Microsoft.Extensions.Options;
using Shop.Insights.Causes;
using Shop.Insights.Data;
using Shop.Insights.Events;
using Shop.Insights.Queries;
using Shop.Insights.Statistics;

namespace Shop.Insights.Correlations;

/// <summary>Finds, in the stored events, what lost units had more or less often than those that continued.</summary>
internal sealed class CorrelationReader(InsightsDbContext db, EventFreshness freshness, IOptions<CorrelationOptions> options)
{
    private const int MaxItems = 50;

    // Each needs some 200 bytes.
    private const int MaxRows = 10_000;

    /// <summary>Compares the units that reached the step before and not this one with those that reached it.</summary>
    /// <exception cref="QueryLimitException">There are too many different values.</exception>
    public async Task<CorrelationResult> ReadAsync(CauseQuery query, CancellationToken cancellationToken)
    {
        var (funnel, step) = query;
        var (lost, reached, rows) = await ReadRowsAsync(query, cancellationToken);
        var items = rows.Select(row => (
                Row: row, Odds: new OddsRatio(row.Lost, row.Reached, lost - row.Lost, reached - row.Reached)))
            .Select(item => (item.Row, item.Odds, Test: item.Odds.Test()))
            .ToList();
        var tested = items.Where(item => item.Test is not null).ToList();
        var probabilities = tested.Select(item => item.Row)
            .Zip(MultipleTests.Adjust([.. tested.Select(item => item.Test!.PValue)]))
            .ToDictionary(pair => pair.First, pair => pair.Second);
        return new(
            funnel.Scope.From,
            funnel.Scope.To,
            await freshness.GetNewestAsync(cancellationToken),
            funnel.Scope.Unit.ToString().ToLowerInvariant(),
            step,
            funnel.GetLabel(step),
            funnel.Scope.IncludesSynthetic,
            lost,
            reached,
            tested.Count,
            [
                .. items.OrderBy(item => item.Test?.PValue ?? double.MaxValue)
                    .ThenByDescending(item => Math.Abs(Math.Log(item.Odds.Value)))
                    .ThenBy(item => item.Row.Event, StringComparer.Ordinal)
                    .ThenBy(item => item.Row.Property, StringComparer.Ordinal)
                    .ThenBy(item => item.Row.Value, StringComparer.Ordinal)
                    .Take(MaxItems)
                    .Select(item => CreateItem(
                        item.Row, item.Odds, probabilities.TryGetValue(item.Row, out var probability) ? probability : null)),
            ]);
    }

    private static Correlation CreateItem(Row row, OddsRatio odds, double? probability)
    {
        var (low, high) = odds.GetInterval();
        return new(
            row.Event, row.Property, row.Value, odds.OutcomeWith, odds.OtherWith, odds.OutcomeWithout, odds.OtherWithout, odds.Value, low,
            high, probability);
    }

    private async Task<(long Lost, long Reached, IReadOnlyList<Row> Rows)> ReadRowsAsync(
        CauseQuery query, CancellationToken cancellationToken)
    {
        var sql = new SqlParameters();
        var (lost, reached, rows) = (0L, 0L, new List<Row>());
        await using var transaction = await db.BeginQueryAsync(cancellationToken);
        await using var command = sql.CreateCommand(
            await db.OpenAsync(cancellationToken),
            new CorrelationSql(query.Funnel, sql).GetCounts(query.Step, options.Value.MinSessions));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            (lost, reached) = (reader.GetInt64(0), reader.GetInt64(1));
            if (!reader.IsDBNull(5))
            {
                QueryLimitException.Check(rows.Count, MaxRows, "different events and values");
                rows.Add(new(GetText(2), GetText(3), GetText(4), reader.GetInt64(5), reader.GetInt64(6)));
            }
        }

        // A value that every unit with the event has is the event once more: each comparison makes the correction stricter.
        var events = rows.Where(row => row.Property is null).ToDictionary(row => row.Event!);
        return (lost, reached, rows.FindAll(row => !IsEvent(row)));

        bool IsEvent(Row row) => row is { Event: { } name, Property: not null }
            && events.TryGetValue(name, out var all) && (all.Lost, all.Reached) == (row.Lost, row.Reached);

        string? GetText(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
    }

    private sealed record Row(string? Event, string? Property, string? Value, long Lost, long Reached);
}
