using Microsoft.Extensions.Options;
using Shop.Insights.Data;
using Shop.Insights.Events;
using Shop.Insights.Funnels;
using Shop.Insights.Queries;
using Shop.Insights.Statistics;

namespace Shop.Insights.Causes;

/// <summary>Explains from the stored spans and events why units were lost.</summary>
internal sealed class CauseReader(InsightsDbContext db, EventFreshness freshness, IOptions<CauseOptions> options)
{
    private const int Examples = 5;

    /// <summary>Counts the causes of the units that reached the step before and not this one.</summary>
    public async Task<CauseResult> ReadAsync(CauseQuery query, CancellationToken cancellationToken)
    {
        var (funnel, step) = query;
        var rules = options.Value.Rules.Where(rule => rule.Value.Enabled)
            .OrderBy(rule => rule.Value.Precedence)
            .ThenBy(rule => rule.Key, StringComparer.Ordinal)
            .Select(rule => (Name: rule.Key, rule.Value.Summary, rule.Value.When, Condition: Parse(rule.Value.When)))
            .ToList();
        var rows = await ReadRowsAsync(funnel, step, [.. rules.Select(rule => rule.Condition)], cancellationToken);
        var groups = rows.GroupBy(row => row.Rule).ToList();
        var lost = groups.Sum(group => group.First().Units);
        return new(
            funnel.Scope.From,
            funnel.Scope.To,
            await freshness.GetNewestAsync(cancellationToken),
            funnel.Scope.Unit.ToString().ToLowerInvariant(),
            step,
            funnel.GetLabel(step),
            funnel.Scope.IncludesSynthetic,
            lost,
            [
                .. groups.Select(group =>
                {
                    var (count, rule) = (group.First().Units, group.Key is { } index ? rules[index] : default);
                    var share = new Proportion(count, lost);
                    var (low, high) = share.GetInterval()!.Value;
                    return new Cause(
                        rule.Name ?? CauseResult.None,
                        group.Key is null ? CauseResult.NoneSummary : rule.Summary,
                        rule.When,
                        count,
                        share.Share,
                        low,
                        high,
                        [.. group.Select(row => row.Example)]);
                }).OrderByDescending(cause => cause.Count).ThenBy(cause => cause.Name, StringComparer.Ordinal),
            ]);
    }

    // The conditions were validated at the start.
    private static CauseCondition Parse(string text) =>
        CauseCondition.TryParse(text, out var condition, out var error) ? condition : throw new InvalidOperationException(error);

    private async Task<List<Row>> ReadRowsAsync(
        FunnelQuery query, int step, IReadOnlyList<CauseCondition> conditions, CancellationToken cancellationToken)
    {
        var sql = new SqlParameters();
        var rows = new List<Row>();
        await using var transaction = await db.BeginQueryAsync(cancellationToken);
        await using var command = sql.CreateCommand(
            await db.OpenAsync(cancellationToken), new CauseSql(query, sql).GetCauses(step, conditions, Examples));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new(
                reader.IsDBNull(0) ? null : reader.GetInt32(0),
                reader.GetInt64(1),
                new(
                    reader.GetString(2),
                    reader.IsDBNull(3) ? null : reader.GetString(3),
                    DateTimeOffset.FromUnixTimeMilliseconds(StoredEvent.GetMilliseconds(reader.GetInt64(4))),
                    reader.IsDBNull(5) ? null : reader.GetString(5))));
        }

        return rows;
    }

    private sealed record Row(int? Rule, long Units, CauseExample Example);
}
