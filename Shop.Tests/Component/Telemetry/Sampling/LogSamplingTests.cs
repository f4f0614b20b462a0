using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Logs;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Sampling;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Telemetry.Sampling;

public class LogSamplingTests
{
    private const string ProbabilitySetting = "Shop:LogSampling:Rules:test:Probability";
    private const string Dropped = "shop.log.dropped";
    private const string Sampled = "shop.log.sampled";

    // ASP.NET Core asks for one whenever an endpoint returns a result.
    [Fact]
    public async Task Category_has_one_logger()
    {
        await using var service = BuildService(1);

        Assert.Same(service.CreateLogger("Shop.Other"), service.CreateLogger("Shop.Other"));
        Assert.NotSame(service.CreateLogger("Shop.Other"), service.CreateLogger("Shop.other"));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.05)]
    [InlineData(0.005)]
    public async Task Adjusted_counts_add_up_to_the_number_of_all_log_records(double probability)
    {
        const int Total = 40_000;
        await using var service = BuildService(probability);

        for (var trace = 0; trace < Total; trace++)
        {
            TestTrace.Run(() => service.CreateLogger().WriteText("hello"));
        }

        Assert.NotEmpty(service.Records);
        Assert.All(service.Records, record => Assert.Equal(1 / probability, AdjustedCount(record), 1 / probability * 0.0001));
        // Five standard deviations of a binomial distribution.
        var deviation = Math.Sqrt(Total * (1 - probability) / probability);
        Assert.InRange(service.Records.Sum(AdjustedCount), Total - 5 * deviation, Total + 5 * deviation);
        Assert.Equal(Total, ReadCounter(service, Sampled) + ReadCounter(service, Dropped));
        Assert.Equal(service.Records.Count, ReadCounter(service, Sampled));
    }

    [Fact]
    public async Task Log_records_of_a_trace_are_sampled_together_in_every_service()
    {
        await using var cart = BuildService(0.3);
        await using var orders = BuildService(0.3);

        for (var trace = 0; trace < 1000; trace++)
        {
            var id = TestTrace.Run(() =>
            {
                cart.CreateLogger().WriteText("first");
                cart.CreateLogger("Shop.Other").WriteText("second");
            });
            TestTrace.Run(() => orders.CreateLogger().WriteText("third"), traceId: id);
        }

        var recordsByTrace = cart.Records.Concat(orders.Records).GroupBy(record => record.TraceId).ToList();
        Assert.InRange(recordsByTrace.Count, 200, 400);
        Assert.All(recordsByTrace, records => Assert.Equal(3, records.Count()));
    }

    [Fact]
    public async Task Guard_agrees_with_its_log_call_when_there_is_no_trace()
    {
        await using var service = BuildService(0.5);
        var log = service.CreateLogger();

        var guarded = 0;
        for (var attempt = 0; attempt < 10_000; attempt++)
        {
            if (log.IsEnabled(LogLevel.Information))
            {
                guarded++;
                log.WriteText("hello");
            }
        }

        // Nine standard deviations.
        Assert.InRange(guarded, 4_550, 5_450);
        Assert.Equal(guarded, service.Records.Count);
    }

    [Theory]
    [InlineData("Shop.First", "Shop.Second")] // two rules
    [InlineData("Shop.First", "Shop.First.Inner")] // two categories of one rule
    public async Task Guard_without_a_log_call_has_no_influence_on_other_records(string guarded, string written)
    {
        await using var service = TestService.Build(settings:
        [
            ("Shop:LogSampling:Rules:first:Category", "Shop.First"), ("Shop:LogSampling:Rules:first:Probability", "0.5"),
            ("Shop:LogSampling:Rules:second:Category", "Shop.Second"), ("Shop:LogSampling:Rules:second:Probability", "0.5"),
        ]);
        var (guard, log) = (service.CreateLogger(guarded), service.CreateLogger(written));
        var samples = 0;
        for (var attempt = 0; attempt < 10_000; attempt++)
        {
            samples += guard.IsEnabled(LogLevel.Information) ? 1 : 0;
            log.WriteText("hello");
        }

        // Nine standard deviations.
        Assert.InRange(samples, 4_550, 5_450);
        Assert.InRange(service.Records.Count, 4_550, 5_450);
    }

    [Fact]
    public async Task Errors_and_warnings_are_always_written()
    {
        await using var service = BuildService(0);
        TestTrace.Run(() => service.CreateLogger().WriteError(new InvalidOperationException("fell")));
        TestTrace.Run(() => service.CreateLogger().WriteText("hello"));
        TestTrace.Run(() => service.CreateLogger().WriteWarning());

        Assert.Equal(["test.error", "test.warning"], service.Records.Select(record => record.EventId.Name));
        Assert.All(service.Records, record => Assert.Equal(1, AdjustedCount(record)));
    }

    [Fact]
    public async Task Audit_records_are_never_sampled()
    {
        await using var service = BuildService(0);
        var audit = service.Services.GetRequiredService<AuditLog>();
        for (var trace = 0; trace < 500; trace++)
        {
            TestTrace.Run(() => audit.WriteText("price changed"));
        }

        Assert.Equal(500, service.Records.Count);
        Assert.All(service.Records, record => Assert.Equal("Shop.Audit", record.CategoryName));
    }

    [Fact]
    public async Task Every_log_record_is_written_on_a_critical_route()
    {
        await using var service = BuildService(0.01);
        Baggage.Current = default(Baggage).SetBaggage(JourneyKeys.CriticalRoute, "payment");
        for (var trace = 0; trace < 500; trace++)
        {
            TestTrace.Run(() => service.CreateLogger().WriteText("hello"));
        }

        Baggage.Current = default;

        Assert.Equal(500, service.Records.Count);
        Assert.All(service.Records, record => Assert.Equal(1, AdjustedCount(record)));
    }

    [Theory]
    [InlineData("ot=th:c", 4)] // the trace was sampled with 25%, the log record with 1%
    [InlineData("ot=th:fff", 100)] // the trace with 0.02%, the log record with 1%
    public async Task Log_records_of_a_sampled_trace_are_always_written_with_the_higher_probability(string? traceState, double count)
    {
        await using var service = BuildService(0.01);
        for (var trace = 0; trace < 50; trace++)
        {
            TestTrace.Run(() => service.CreateLogger().WriteText("hello"), recorded: true, traceState);
        }

        Assert.Equal(50, service.Records.Count);
        Assert.All(service.Records, record => Assert.Equal(count, AdjustedCount(record), count * 0.0001));
    }

    [Theory]
    [InlineData("other=1")]
    [InlineData("shop=slow")]
    [InlineData(null)]
    public async Task Log_records_of_a_trace_with_unknown_probability_are_written_and_do_not_change_the_total(string? traceState)
    {
        const int Total = 20_000;
        await using var service = BuildService(0.05);
        for (var trace = 0; trace < Total; trace++)
        {
            TestTrace.Run(() => service.CreateLogger().WriteText("hello"), recorded: true, traceState);
        }

        Assert.Equal(Total, service.Records.Count);
        // Five standard deviations of a binomial distribution.
        var deviation = Math.Sqrt(Total * 0.95 / 0.05);
        Assert.InRange(service.Records.Sum(AdjustedCount), Total - 5 * deviation, Total + 5 * deviation);
    }

    [Theory]
    [InlineData("00-00000000000000010000000000000000-00f067aa0ba902b7-00", "session.id=s-1")] // random bits that are never sampled
    [InlineData("00-000000000000000100ffffffffffffff-00f067aa0ba902b7-01", "shop.critical_route=checkout")]
    public async Task Stranger_can_neither_hide_log_records_nor_keep_them(string traceParent, string baggage)
    {
        await using var service = await TestService.Build(
            map: app => app.MapGet("/items", (ILogger<LogSamplingTests> log) => log.WriteText("hello")),
            settings:
            [
                ("Shop:TraceSampling:Probability", "0"), ("Shop:TraceSampling:TargetPerSecond", "0"),
                (ProbabilitySetting, "0.5"),
            ]).StartAsync();
        for (var i = 0; i < 200; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/items")
            {
                Headers = { { "traceparent", traceParent }, { "tracestate", "ot=th:0" }, { "baggage", baggage } },
            };
            (await service.Client.SendAsync(request)).Dispose();
        }

        // More than eight standard deviations.
        Assert.InRange(service.Records.Count(record => record.EventId.Name == "test.text"), 40, 160);
    }

    [Fact]
    public async Task Journey_events_are_never_sampled()
    {
        await using var service = BuildService(0);
        var events = service.Services.GetRequiredService<JourneyEvents>();
        for (var trace = 0; trace < 500; trace++)
        {
            TestTrace.Run(() => events.Emit(new CartEvents.LineRemoved("c1", "BAG-0101")));
        }

        Assert.Equal(500, service.Records.Count);
    }

    [Fact]
    public async Task First_matching_rule_by_name_applies()
    {
        await using var service = TestService.Build(settings:
        [
            ("Shop:LogSampling:Rules:a_noisy:Category", "Shop.Noisy"),
            ("Shop:LogSampling:Rules:a_noisy:Level", "Debug"),
            ("Shop:LogSampling:Rules:a_noisy:Probability", "0"),
            ("Logging:LogLevel:Shop", "Debug"),
            ("Shop:LogSampling:Rules:b_rest:Category", "Shop"),
            ("Shop:LogSampling:Rules:b_rest:Probability", "1"),
        ]);
        TestTrace.Run(() => service.CreateLogger("Shop.Noisy.Inner").WriteDetail());
        TestTrace.Run(() => service.CreateLogger("Shop.Noisy.Inner").WriteText("sampled"));
        TestTrace.Run(() => service.CreateLogger("Shop.Quiet").WriteDetail());

        Assert.Equal(["test.text", "test.detail"], service.Records.Select(record => record.EventId.Name));
        Assert.Equal(1, ReadCounter(service, Dropped, "a_noisy"));
        Assert.Equal(2, ReadCounter(service, Sampled, "b_rest"));
    }

    [Fact]
    public async Task Dropped_log_record_allocates_nothing()
    {
        await using var service = BuildService(0);
        var log = service.CreateLogger();
        var order = Guid.NewGuid();
        long allocated = 0;
        TestTrace.Run(() =>
        {
            log.WriteValues(1, order, DateTimeOffset.UnixEpoch);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var record = 0; record < 10_000; record++)
            {
                log.WriteValues(record, order, DateTimeOffset.UnixEpoch);
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        });

        Assert.Empty(service.Records);
        Assert.Equal(0, allocated);
        Assert.Equal(10_001, ReadCounter(service, Dropped));
    }

    [Fact]
    public async Task Configuration_change_applies_at_once_unless_it_is_invalid()
    {
        await using var service = BuildService(0);
        TestTrace.Run(() => service.CreateLogger().WriteText("dropped"));

        Change(service, "1");
        TestTrace.Run(() => service.CreateLogger().WriteText("sampled"));
        Change(service, "2");
        TestTrace.Run(() => service.CreateLogger().WriteText("still sampled"));

        Assert.Equal(
            ["log_sampling.changed", "test.text", "log_sampling.rejected", "test.text"],
            service.Records.Select(record => record.EventId.Name));
        Assert.Contains($"{ProbabilitySetting} must be between 0 and 1.", service.Records[2].Exception!.Message, StringComparison.Ordinal);

        static void Change(TestService service, string probability)
        {
            service.Configuration[ProbabilitySetting] = probability;
            service.Configuration.Reload();
        }
    }

    [Theory]
    [InlineData("Shop:LogSampling:TargetPerSecond", "0", "TargetPerSecond")]
    [InlineData("Shop:LogSampling:MinProbability", "0", "MinProbability")]
    [InlineData("Shop:LogSampling:MinProbability", "1.1", "MinProbability")]
    [InlineData(ProbabilitySetting, "-0.1", "Rules:test:Probability must be between 0 and 1.")]
    [InlineData(ProbabilitySetting, "NaN", "Rules:test:Probability must be between 0 and 1.")]
    public void Startup_fails_with_the_name_of_the_invalid_log_sampling_setting(string setting, string value, string error)
    {
        var exception = Assert.Throws<OptionsValidationException>(() => TestService.Build(settings: [(setting, value)]));
        Assert.Contains(error, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_log_record_is_written_when_sampling_is_disabled()
    {
        await using var service = TestService.Build(settings: [("Shop:LogSampling:Enabled", "false"), (ProbabilitySetting, "0")]);
        for (var record = 0; record < 5000; record++)
        {
            service.CreateLogger().WriteText("hello");
        }

        Assert.Equal(5000, service.Records.Count);
    }

    [Fact]
    public async Task Rate_of_sampled_log_records_follows_the_target_under_load()
    {
        await using var service = TestService.Build(settings: [("Shop:LogSampling:TargetPerSecond", "100")]);
        var stopwatch = Stopwatch.StartNew();
        var written = 0;
        while (stopwatch.Elapsed < TimeSpan.FromSeconds(3))
        {
            TestTrace.Run(() => service.CreateLogger().WriteText("hello"));
            written++;
        }

        Assert.InRange(service.Records.Count, 100, Math.Max(2500, written / 50));
        // ASP.NET Core's own log calls are additional.
        Assert.InRange(ReadCounter(service, Sampled, "default") + ReadCounter(service, Dropped, "default"), written, written + 100);
        var restored = service.Records.Sum(AdjustedCount);
        Assert.InRange(restored, written * 0.6, written * 1.4);
    }

    private static TestService BuildService(double probability) => TestService.Build(settings:
    [
        (ProbabilitySetting, probability.ToString(CultureInfo.InvariantCulture)),
        ("Shop:LogSampling:Rules:test:Category", "Shop"),
        ("Shop:LogSampling:Rules:test:Level", "Critical"),
    ]);

    private static double AdjustedCount(LogRecord record) =>
        (double?)record.Values().GetValueOrDefault(SamplingAttributes.AdjustedCount) ?? 1;

    private static long ReadCounter(TestService service, string instrument, string rule = "test")
    {
        var total = 0L;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (published, listener) =>
        {
            if (published.Name == instrument && published.Meter.Scope == service.Services.GetRequiredService<IMeterFactory>())
            {
                listener.EnableMeasurementEvents(published);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, measured, tags, _) =>
        {
            if (tags.ToArray().Any(tag => Equals(tag.Value, rule)))
            {
                total += measured;
            }
        });
        listener.Start();
        listener.RecordObservableInstruments();
        return total;
    }
}
