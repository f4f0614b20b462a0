using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Shop.Bench.Application;
using Shop.Bench.Measurement;
using Shop.Insights.Funnels;
using Shop.Insights.Queries;

namespace Shop.Bench.Insights;

/// <summary>The time of the default funnel over millions of events, after a restart of Postgres and again, and their size.</summary>
internal static class FunnelBench
{
    private const int ColdRuns = 3;
    private const int WarmRuns = 5;
    private const double MaxColdSeconds = 1;
    private const double MaxWarmSeconds = 0.2;

    private const string Sizes =
        """
        SELECT 'rows', sum(pg_table_size(inhrelid))::bigint FROM pg_inherits WHERE inhparent = 'events'::regclass
        UNION ALL
        SELECT parent.relname, sum(pg_relation_size(inhrelid))::bigint
        FROM pg_inherits JOIN pg_index ON indexrelid = inhparent JOIN pg_class parent ON parent.oid = inhparent
        WHERE indrelid = 'events'::regclass GROUP BY 1
        UNION ALL
        SELECT 'session_blocks', pg_total_relation_size('session_blocks')
        """;

    public static async Task RunAsync(Report report, ShopApplication shop, int sessions, CancellationToken cancellationToken)
    {
        report.AddSection("Funnel");
        report.AddParagraph($"""
            The default funnel of sessions over {FunnelData.Days} days, each with a partition, through the class that the page and the API
            use. A session has 1 to 19 events. Cold: the first time after a restart of Postgres, whose buffers are then empty; the page
            cache of the system is not, because not every system lets a program empty it. Medians of {ColdRuns} cold and {WarmRuns} warm
            runs, and one run from the rows of the events, whose figures are the same.
            """);
        report.AddTable("events", "sessions", "sessions at each step", "cold", "highest", "warm", "highest", "from the rows");
        IReadOnlyList<(string Part, long Bytes)> sizes = [];
        foreach (var count in (int[])[sessions / 10, sessions])
        {
            await using var database = await InsightsDatabase.CreateAsync(
                await shop.GetConnectionStringAsync("postgres"), cancellationToken);
            var first = new DateTimeOffset(DateTime.UtcNow.Date, TimeSpan.Zero).AddDays(-FunnelData.Days - 1);
            Console.WriteLine($"Loading the events of {count:N0} sessions");
            await FunnelData.LoadAsync(database, first, count, cancellationToken);
            var events = (await database.ReadAsync("SELECT 'events', count(*) FROM events", cancellationToken))[0].Number;
            var (cold, warm) = (new List<double>(), new List<double>());
            FunnelResult? result = null;
            for (var run = 0; run < ColdRuns; run++)
            {
                await shop.RestartAsync("postgres", cancellationToken);
                database.Reconnect();
                result = await ReadAsync(cold);
                if (result.Steps[0].Count == 0)
                {
                    throw new InvalidOperationException("Postgres was killed while it stopped, and has emptied its unlogged tables.");
                }
            }

            for (var run = 0; run < WarmRuns; run++)
            {
                await ReadAsync(warm);
            }

            await database.RunAsync("CREATE TABLE saved_blocks AS TABLE session_blocks; TRUNCATE session_blocks", cancellationToken);
            var raw = new List<double>();
            if (!(await ReadAsync(raw)).Steps.SequenceEqual(result!.Steps))
            {
                throw new InvalidOperationException("The figures of blocks are not those of rows.");
            }

            await database.RunAsync("INSERT INTO session_blocks TABLE saved_blocks", cancellationToken);
            report.AddRow(
                Number(events), Number(count), string.Join(", ", result.Steps.Select(step => Number(step.Count))),
                Seconds(Median.Of(cold)), Seconds(cold.Max()), Seconds(Median.Of(warm)), Seconds(warm.Max()), Seconds(raw[0]));
            if (count == sessions)
            {
                AddTarget("cold", MaxColdSeconds, cold);
                AddTarget("warm", MaxWarmSeconds, warm);
                sizes = await database.ReadAsync(Sizes, cancellationToken);
                AddSizes(report, sizes, events);
            }

            async Task<FunnelResult> ReadAsync(List<double> times)
            {
                await using var scope = database.Services.CreateAsyncScope();
                var options = new FunnelOptions();
                if (!FunnelStep.TryParseAll(options.Steps, out var steps, out var error))
                {
                    throw new InvalidOperationException(error);
                }

                var query = new FunnelQuery(
                    steps, options.Window, StepOrder.Ordered,
                    new(first, first.AddDays(FunnelData.Days), EventUnit.Session, new Dictionary<EventDimension, string>(), false), null);
                var start = Stopwatch.GetTimestamp();
                var funnel = await scope.ServiceProvider.GetRequiredService<FunnelReader>().ReadAsync(query, cancellationToken);
                times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
                return funnel;
            }

            void AddTarget(string run, double limit, List<double> times) => report.AddTarget(
                $"Default funnel over {Number(events)} events, {run}", string.Create(CultureInfo.InvariantCulture, $"less than {limit} s"),
                $"{Median.Of(times):0.00} s", Median.Of(times) < limit);
        }
    }

    private static void AddSizes(Report report, IReadOnlyList<(string Part, long Bytes)> sizes, long events)
    {
        report.AddSection("Size");
        report.AddParagraph($"MiB for a million of these events.");
        report.AddTable("part", "MiB");
        foreach (var (part, bytes) in sizes.Append(("total", sizes.Sum(size => size.Bytes))))
        {
            report.AddRow(part, Number(bytes / 1024.0 / 1024 / (events / 1e6)));
        }
    }

    private static string Number(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Seconds(double value) => value.ToString("0.00 s", CultureInfo.InvariantCulture);
}
