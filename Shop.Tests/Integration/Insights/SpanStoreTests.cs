using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Shop.Insights.Data;
using Shop.Insights.Spans;
using Shop.Insights.Spans.Calls;
using Shop.Tests.Integration.Support;
using SpanKind = Shop.Insights.Spans.SpanKind;

namespace Shop.Tests.Integration.Insights;

/// <summary>What becomes of spans in the database of Insights.</summary>
[Collection(WholeApplication.Name)]
public sealed class SpanStoreTests(ShopApp shop)
{
    private static readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

    [Fact]
    public async Task Span_that_arrives_again_is_not_stored_again_also_by_another_replica()
    {
        await using var database = await CreateAsync();
        var spans = Enumerable.Range(0, 300).Select(_ => TestSpan.Create(_now, "cart", SpanKind.Server)).ToList();

        var stored = await Task.WhenAll(Enumerable.Range(0, 6).Select(index =>
            database.Spans.StoreAsync(index % 2 == 0 ? spans : [.. Enumerable.Reverse(spans)], CancellationToken.None)));

        Assert.Equal(300, stored.Sum(inserted => inserted.Count));
        Assert.Equal(300, await database.ReadAsync<long>("select count(*) from spans"));
    }

    [Fact]
    public async Task Span_has_all_its_fields_in_the_partition_of_its_day()
    {
        await using var database = await CreateAsync();
        var span = TestSpan.Create(_now.AddDays(-2), "cart", SpanKind.Client).Calls("database", "redis", "redis") with
        {
            ParentId = "00f067aa0ba902b7",
            Duration = TimeSpan.FromMicroseconds(1234),
            Failed = true,
            ErrorType = "timeout",
            ExceptionType = "System.TimeoutException",
            HttpStatus = 503,
            Route = "/x",
            SessionId = "s1",
            JourneyId = "j1",
            Segment = "new",
            Experiment = "checkout",
            Variant = "two_steps",
            Synthetic = true,
            AdjustedCount = 2.5,
        };

        await database.Spans.StoreAsync([span, TestSpan.Create(_now, "cart", SpanKind.Server)], CancellationToken.None);

        Assert.Equal(2, await database.ReadAsync<long>("select count(distinct tableoid) from spans"));
        Assert.Equal(
            $"{span.TraceId} {span.SpanId} {span.ParentId} 1234 3 cart database redis redis true timeout System.TimeoutException 503 /x s1 "
            + "j1 new checkout two_steps true 2.5",
            await database.ReadAsync<string>(
                """
                select concat_ws(' ', trace_id, span_id, parent_id, duration, kind, service, peer_kind, peer, system, failed::text,
                    error_type, exception_type, http_status, route, session_id, journey_id, segment, experiment, variant, synthetic::text,
                    weight)
                from spans where session_id = 's1'
                """));
    }

    [Fact]
    public async Task Old_days_of_spans_are_dropped_and_created_again_when_they_are_needed()
    {
        await using var database = await CreateAsync();
        var old = TestSpan.Create(_now.AddDays(-6), "cart", SpanKind.Server);
        await database.Spans.StoreAsync([old, TestSpan.Create(_now, "cart", SpanKind.Server)], CancellationToken.None);
        await using var scope = database.Services.CreateAsyncScope();
        var connection = await scope.ServiceProvider.GetRequiredService<InsightsDbContext>().OpenAsync(CancellationToken.None);

        // Another replica: this one does not know that the partition is gone.
        await new SpanPartitions().DropAsync(connection, DayPartitions.GetDay(_now.AddDays(-6)), CancellationToken.None);

        Assert.Equal(1, await database.ReadAsync<long>("select count(*) from spans"));
        Assert.Equal([old], await database.Spans.StoreAsync([old], CancellationToken.None));
    }

    [Fact]
    public async Task Spans_of_the_queue_are_stored_also_those_that_wait_when_the_service_stops()
    {
        await using var database = await CreateAsync();
        var options = Options.Create(new SpanOptions());
        var queue = new SpanQueue(options);
        using var meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var metrics = new SpanMetrics(
            meters.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>(), new TestEnvironment(), queue);
        var calls = database.Services.GetRequiredService<CallCounter>();
        using var writer = new SpanWriter(queue, database.Spans, metrics, calls, TimeProvider.System, NullLogger<SpanWriter>.Instance);
        await writer.StartAsync(CancellationToken.None);

        Assert.True(queue.TryAdd([TestSpan.Create(_now, "cart", SpanKind.Server)]));
        await Eventually.ReadAsync(() => database.ReadAsync<long>("select count(*) from spans"), count => count == 1);
        // Stopped within the delay of a batch.
        Assert.True(queue.TryAdd([.. Enumerable.Range(0, 100).Select(_ => TestSpan.Create(_now, "cart", SpanKind.Server))]));
        await writer.StopAsync(CancellationToken.None);

        Assert.Equal(101, await database.ReadAsync<long>("select count(*) from spans"));
        Assert.Equal(0, queue.Count);
        Assert.Equal(101, calls.Count);
    }

    private async Task<InsightsDatabase> CreateAsync() =>
        await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));

    private sealed class TestEnvironment : Microsoft.Extensions.Hosting.IHostEnvironment
    {
        public string ApplicationName { get; set; } = "Shop.Test";

        public string EnvironmentName { get; set; } = "Production";

        public string ContentRootPath { get; set; } = "";

        public Microsoft.Extensions.FileProviders.IFileProvider ContentRootFileProvider { get; set; } =
            new Microsoft.Extensions.FileProviders.NullFileProvider();
    }
}
