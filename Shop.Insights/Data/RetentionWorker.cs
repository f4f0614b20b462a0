using OpenTelemetry;
using Shop.Telemetry.Hosting;

namespace Shop.Insights.Data;

/// <summary>
/// Creates the partitions of the next days, drops those that are older than the retention time of their table, and once a day updates the
/// statistics of the planner.
/// </summary>
internal sealed class RetentionWorker(
    IServiceScopeFactory scopes,
    IEnumerable<RetainedTable> tables,
    TimeProvider time,
    IHostEnvironment host,
    ILogger<RetentionWorker> log) : PeriodicWorker(TimeSpan.FromHours(1), time, host, runAtStart: true)
{
    private const int DaysAhead = 3;

    private DateOnly? _analyzed;

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        await using var scope = scopes.CreateAsyncScope();
        var connection = await scope.ServiceProvider.GetRequiredService<InsightsDbContext>().OpenAsync(cancellationToken);
        var today = DayPartitions.GetDay(Time.GetUtcNow());
        foreach (var (partitions, getFirstDay) in tables)
        {
            await partitions.CreateAsync(connection, Enumerable.Range(0, DaysAhead + 1).Select(today.AddDays), cancellationToken);
            foreach (var day in await partitions.DropBeforeAsync(connection, getFirstDay(), cancellationToken))
            {
                log.DayDropped(partitions.Table, day);
            }
        }

        // Last: a table that is locked keeps no other one from its partitions.
        if (_analyzed != today)
        {
            foreach (var (partitions, _) in tables)
            {
                await partitions.AnalyzeAsync(connection, cancellationToken);
            }

            _analyzed = today;
        }
    }

    protected override void OnError(Exception exception) => log.RetentionFailed(exception);
}

/// <summary>A table whose old days are dropped.</summary>
/// <param name="Partitions">Its partitions.</param>
/// <param name="GetFirstDay">Returns the first day that is kept.</param>
internal sealed record RetainedTable(DayPartitions Partitions, Func<DateOnly> GetFirstDay);
