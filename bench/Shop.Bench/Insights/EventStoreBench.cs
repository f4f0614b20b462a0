using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shop.Bench.Application;
using Shop.Bench.Measurement;
using Shop.Insights.Events;

namespace Shop.Bench.Insights;

/// <summary>Events per second that Insights stores, compared with a COPY of the same rows and nothing else.</summary>
internal static class EventStoreBench
{
    private const int BatchSize = 5000; // that of EventConsumer
    private const int Batches = 4;
    private const int EventsPerSession = 10;
    private const double MinRatio = 0.8;

    private const string CreateCopies =
        """
        CREATE TABLE copied_events (LIKE events INCLUDING ALL) PARTITION BY RANGE (time);
        CREATE TABLE copied_events_default PARTITION OF copied_events DEFAULT;
        CREATE TABLE copied_rows (LIKE events);
        """;

    private static readonly string[] _names = ["page.viewed", "browser.web_vital", "product.viewed", "page.left"];

    public static async Task RunAsync(Report report, ShopApplication shop, int rounds, CancellationToken cancellationToken)
    {
        await using var database = await InsightsDatabase.CreateAsync(await shop.GetConnectionStringAsync("postgres"), cancellationToken);
        await database.RunAsync(CreateCopies, cancellationToken);
        var store = database.Services.GetRequiredService<EventStore>();
        await using var connection = await database.Connections.OpenConnectionAsync(cancellationToken);
        Subject[] subjects =
        [
            new("COPY into a table with the same indexes", batch => CopyAsync(connection, "copied_events", batch, cancellationToken)),
            new("COPY into a table without indexes", batch => CopyAsync(connection, "copied_rows", batch, cancellationToken)),
            new("Insights", batch => store.StoreAsync(batch, cancellationToken)),
        ];
        for (var round = 0; round <= rounds; round++)
        {
            // The order alternates, so that none is always the first one.
            foreach (var subject in round % 2 == 0 ? subjects : subjects.Reverse())
            {
                var rate = await MeasureAsync(subject.StoreAsync);
                // The first round warms up.
                if (round > 0)
                {
                    subject.Rates.Add(rate);
                }
            }
        }

        report.AddSection("Storing events");
        report.AddParagraph($"""
            {rounds} alternating rounds of {Batches} batches with {BatchSize:N0} events each, one batch per transaction and one transaction
            at a time. All events are new. Insights also updates its counts. The ratio is the median of those of the rounds, with its 95%
            interval.
            """);
        report.AddTable("writer", "events/s", "Insights, relative", "95% interval");
        var insights = subjects[^1];
        foreach (var subject in subjects)
        {
            var ratios = insights.Rates.Zip(subject.Rates, (store, copy) => store / copy).ToList();
            var (low, high) = Median.IntervalOf(ratios);
            report.AddRow(
                subject.Name, Median.Of(subject.Rates).ToString("N0", CultureInfo.InvariantCulture), Ratio(Median.Of(ratios)),
                subject == insights ? "" : $"{Ratio(low)} to {Ratio(high)}");
            if (subject == subjects[0])
            {
                report.AddTarget(
                    "Events per second, Insights relative to COPY with the same indexes", "at least 0.8",
                    $"{Median.Of(ratios):0.00} ({low:0.00} to {high:0.00})", Median.Of(ratios) >= MinRatio);
            }
        }
    }

    private static async Task<double> MeasureAsync(Func<IReadOnlyCollection<StoredEvent>, Task> storeAsync)
    {
        var batches = Enumerable.Range(0, Batches).Select(_ => CreateBatch()).ToList();
        var start = Stopwatch.GetTimestamp();
        foreach (var batch in batches)
        {
            await storeAsync(batch);
        }

        return Batches * BatchSize / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task CopyAsync(
        NpgsqlConnection connection, string table, IReadOnlyCollection<StoredEvent> batch, CancellationToken cancellationToken)
    {
        // A transaction of its own.
        await using var copy = await connection.BeginBinaryImportAsync(
            $"COPY {table} ({EventStore.Columns}) FROM STDIN (FORMAT BINARY)", cancellationToken);
        foreach (var row in batch)
        {
            await EventStore.WriteAsync(copy, row, cancellationToken);
        }

        await copy.CompleteAsync(cancellationToken);
    }

    private static List<StoredEvent> CreateBatch()
    {
        var now = DateTimeOffset.UtcNow;
        return
        [
            .. Enumerable.Range(0, BatchSize / EventsPerSession).Select(_ => (Session: Guid.NewGuid(), Journey: Guid.NewGuid()))
                .SelectMany(visit => Enumerable.Range(0, EventsPerSession).Select(number => new StoredEvent(
                    Guid.CreateVersion7(), now.AddMilliseconds(number), number, _names[number % _names.Length], "storefront",
                    visit.Session.ToString("n"), visit.Journey.ToString("n"), Guid.NewGuid().ToString("n"), Guid.NewGuid().ToString("n"),
                    "b7ad6b7169203331", "returning", "checkout", "two_steps", "direct", "desktop", Synthetic: false, "/products/:sku", "/",
                    "BAG-0101", OrderId: null, FunnelData.Properties))),
        ];
    }

    private static string Ratio(double ratio) => ratio.ToString("0.00", CultureInfo.InvariantCulture);

    private sealed record Subject(string Name, Func<IReadOnlyCollection<StoredEvent>, Task> StoreAsync)
    {
        public List<double> Rates { get; } = [];
    }
}
