using Shop.Insights.Data;
using Shop.Insights.Events;
using Shop.Insights.Funnels.Blocks;
using Shop.Insights.Queries;

namespace Shop.Insights.Funnels;

/// <summary>Answers queries about funnels from the stored events.</summary>
internal sealed class FunnelReader(InsightsDbContext db, SessionBlockReader blocks, EventFreshness freshness)
{
    private const int MaxGroups = 12;

    /// <summary>Counts the units that reach each step.</summary>
    public async Task<FunnelResult> ReadAsync(FunnelQuery query, CancellationToken cancellationToken)
    {
        var total = await ReadStepsAsync(query with { Breakdown = null }, cancellationToken);
        // The median of all units is not known from those of the groups.
        var groups = query.Breakdown is null ? [] : await ReadStepsAsync(query, cancellationToken);
        return new(
            query.Scope.From,
            query.Scope.To,
            await freshness.GetNewestAsync(cancellationToken),
            query.Scope.Unit.ToString().ToLowerInvariant(),
            query.Order.ToString().ToLowerInvariant(),
            query.Window.TotalSeconds,
            query.Scope.IncludesSynthetic,
            total.Count == 0 ? CreateSteps(query, []) : total[0].Steps,
            [.. groups.Take(MaxGroups)],
            Math.Max(0, groups.Count - MaxGroups),
            groups.Skip(MaxGroups).Sum(group => group.Steps[0].Count));
    }

    private async Task<IReadOnlyList<FunnelGroup>> ReadStepsAsync(FunnelQuery query, CancellationToken cancellationToken)
    {
        var rows = await ReadFiguresAsync(query, cancellationToken);
        return
        [
            .. rows.GroupBy(row => row.Value)
                .Select(group => new FunnelGroup(group.Key, CreateSteps(query, [.. group])))
                .OrderByDescending(group => group.Steps[0].Count)
                .ThenBy(group => group.Value, StringComparer.Ordinal),
        ];
    }

    private async Task<IReadOnlyList<FunnelFigures>> ReadFiguresAsync(FunnelQuery query, CancellationToken cancellationToken)
    {
        if (BlockFunnel.CanAnswer(query)
            && await blocks.ReadAsync(query.Scope.From, query.Scope.To + query.Window, cancellationToken) is { } found)
        {
            return BlockFunnel.Compute(query, found, cancellationToken);
        }

        var sql = new SqlParameters();
        var rows = new List<FunnelFigures>();
        await using var transaction = await db.BeginQueryAsync(cancellationToken);
        await using var command = sql.CreateCommand(await db.OpenAsync(cancellationToken), new FunnelSql(query, sql).GetFigures());
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new(
                reader.GetInt32(0),
                reader.IsDBNull(1) ? null : reader.GetString(1),
                reader.GetInt64(2),
                reader.IsDBNull(3) ? null : reader.GetDouble(3),
                reader.IsDBNull(4) ? null : reader.GetDouble(4)));
        }

        return rows;
    }

    /// <summary>Lists the latest units that reached a step, or that reached the step before and not this one.</summary>
    public async Task<FunnelUnits> ListAsync(FunnelUnitQuery query, CancellationToken cancellationToken)
    {
        var sql = new SqlParameters();
        await using var transaction = await db.BeginQueryAsync(cancellationToken);
        await using var command = sql.CreateCommand(
            await db.OpenAsync(cancellationToken), new FunnelSql(query.Funnel, sql).GetUnits(query.Step, query.Lost, query.Limit));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var units = new List<FunnelUnit>();
        while (await reader.ReadAsync(cancellationToken))
        {
            units.Add(new(
                reader.GetString(0),
                reader.IsDBNull(1) ? null : reader.GetString(1),
                ToTime(reader.GetInt64(2)),
                reader.GetInt32(3),
                ToTime(reader.GetInt64(4)),
                reader.IsDBNull(5) ? null : reader.GetString(5)));
        }

        return new(units);
    }

    private static DateTimeOffset ToTime(long position) => DateTimeOffset.FromUnixTimeMilliseconds(StoredEvent.GetMilliseconds(position));

    private static FunnelStepResult[] CreateSteps(FunnelQuery query, IReadOnlyList<FunnelFigures> rows)
    {
        var byStep = rows.ToDictionary(row => row.Step);
        var first = GetCount(1);
        return
        [
            .. query.Steps.Select((_, index) =>
            {
                var (count, before) = (GetCount(index + 1), index == 0 ? first : GetCount(index));
                var row = index == 0 ? null : byStep.GetValueOrDefault(index + 1);
                return new FunnelStepResult(
                    index + 1, query.GetLabel(index + 1), query.GetDefinition(index + 1), count, Share(count, first),
                    Share(count, before), before - count,
                    row?.Median / 1000, row?.P90 / 1000);
            }),
        ];

        long GetCount(int step) => byStep.TryGetValue(step, out var row) ? row.Count : 0;

        static double Share(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
    }
}

/// <summary>The figures of a step.</summary>
/// <param name="Step">The number of the step, from 1 on.</param>
/// <param name="Value">The value of the breakdown; null for units without one.</param>
/// <param name="Count">The number of units that reached the step.</param>
/// <param name="Median">Their median time since the step before, in milliseconds; null for step 1 and without units.</param>
/// <param name="P90">The 90th percentile of this time, in milliseconds.</param>
internal sealed record FunnelFigures(int Step, string? Value, long Count, double? Median, double? P90);
