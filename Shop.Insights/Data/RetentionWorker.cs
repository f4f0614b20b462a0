using Npgsql;
using OpenTelemetry;
using Shop.Telemetry.Hosting;

namespace Shop.Insights.Data;

/// <summary>
/// Creates the partitions of the next days, drops those that are older than the retention time of their table, and once a day updates the
/// statistics of the planner.
/// </summary>
/// <remarks>
/// Each step has a connection of its own, and one that fails keeps no other one from its turn. The lock that dropping a day needs, for
/// example, is not free while a query reads any day of the table: the next run tries again.
/// </remarks>
internal sealed class RetentionWorker(
    BackgroundConnections connections,
    IEnumerable<RetainedTable> tables,
    TimeProvider time,
    IHostEnvironment host,
    ILogger<RetentionWorker> log) : PeriodicWorker(TimeSpan.FromMinutes(10), time, host, runAtStart: true)
{
    private const int DaysAhead = 3;

    private readonly Dictionary<string, DateOnly> _analyzed = new(StringComparer.Ordinal);

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        var today = DayPartitions.GetDay(Time.GetUtcNow());
        var ahead = Enumerable.Range(0, DaysAhead + 1).Select(today.AddDays).ToList();
        foreach (var (partitions, getFirstDay) in tables)
        {
            await TryAsync(connection => partitions.CreateAsync(connection, ahead, cancellationToken), cancellationToken);
            IReadOnlyList<DateOnly> old = [];
            await TryAsync(
                async connection => old = await partitions.ListBeforeAsync(connection, getFirstDay(), cancellationToken),
                cancellationToken);
            foreach (var day in old)
            {
                await TryAsync(
                    async connection =>
                    {
                        await partitions.DropAsync(connection, day, cancellationToken);
                        log.DayDropped(partitions.Table, day);
                    },
                    cancellationToken);
            }
        }

        // Last, as it takes the longest.
        foreach (var (partitions, _) in tables.Where(table => _analyzed.GetValueOrDefault(table.Partitions.Table) != today))
        {
            await TryAsync(
                async connection =>
                {
                    await partitions.AnalyzeAsync(connection, cancellationToken);
                    _analyzed[partitions.Table] = today;
                },
                cancellationToken);
        }
    }

    protected override void OnError(Exception exception) => log.RetentionFailed(exception);

    private async Task TryAsync(Func<NpgsqlConnection, Task> step, CancellationToken cancellationToken)
    {
        // Without a connection, no step is possible.
        await using var connection = await connections.OpenAsync(cancellationToken);
        try
        {
            await step(connection);
        }
#pragma warning disable CA1031 // Whatever the reason, the next run tries again.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            log.RetentionFailed(exception);
        }
    }
}

/// <summary>A table whose old days are dropped.</summary>
/// <param name="Partitions">Its partitions.</param>
/// <param name="GetFirstDay">Returns the first day that is kept.</param>
internal sealed record RetainedTable(DayPartitions Partitions, Func<DateOnly> GetFirstDay);
