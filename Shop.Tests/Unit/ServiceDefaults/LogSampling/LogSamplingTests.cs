using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Logs;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Sampling;
using Shop.Tests.Unit.ServiceDefaults.Support;

namespace Shop.Tests.Unit.ServiceDefaults.LogSampling;

public class LogSamplingTests
{
    private const string Probability = "Shop:LogSampling:Rules:probe:Probability";
    private const string Dropped = "shop.log.dropped";
    private const string Kept = "shop.log.sampled";

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.05)]
    [InlineData(0.005)]
    public async Task Counts_of_kept_lines_restore_the_count_of_all(double probability)
    {
        const int All = 40_000;
        await using var service = Sampled(probability);

        for (var trace = 0; trace < All; trace++)
            Traces.Within(() => service.Log().Said("hello"));

        Assert.All(service.Records, record => Assert.Equal(1 / probability, AdjustedCount(record), 1 / probability * 0.0001));
        // Each line is there or not, by chance: five standard deviations.
        var deviation = Math.Sqrt(All * (1 - probability) / probability);
        Assert.InRange(service.Records.Sum(AdjustedCount), All - 5 * deviation, All + 5 * deviation);
        Assert.Equal(All, Counted(service, Kept) + Counted(service, Dropped));
        Assert.Equal(service.Records.Count, Counted(service, Kept));
    }

    [Fact]
    public async Task The_lines_of_a_trace_are_kept_or_dropped_together_in_every_service()
    {
        await using var cart = Sampled(0.3);
        await using var orders = Sampled(0.3);

        for (var trace = 0; trace < 1000; trace++)
        {
            var id = Traces.Within(() =>
            {
                cart.Log().Said("first");
                cart.Log("Shop.Other").Warned();
            });
            Traces.Within(() => orders.Log().Said("third"), traceId: id);
        }

        var linesOf = cart.Records.Concat(orders.Records).GroupBy(record => record.TraceId);
        Assert.InRange(linesOf.Count(), 200, 400);
        Assert.All(linesOf, lines => Assert.Equal(3, lines.Count()));
    }

    [Fact]
    public async Task Lines_outside_of_traces_are_kept_at_their_rate_too_and_a_guard_agrees_with_its_line()
    {
        await using var service = Sampled(0.5);
        var log = service.Log();

        var guarded = 0;
        for (var moment = 0; moment < 300; moment++)
        {
            if (log.IsEnabled(LogLevel.Information))
            {
                guarded++;
                log.Said("hello");
            }

            await Task.Delay(1);
        }

        Assert.InRange(guarded, 75, 225);
        // Between a guard and its line the clock may tick.
        Assert.InRange(service.Records.Count, guarded - 5, guarded);
    }

    [Fact]
    public async Task Errors_are_kept()
    {
        await using var service = Sampled(0);
        Traces.Within(() => service.Log().Failed(new InvalidOperationException("fell")));
        Traces.Within(() => service.Log().Said("hello"));
        Traces.Within(() => service.Log().Warned());

        Assert.Equal("probe.failed", Assert.Single(service.Records).EventId.Name);
        Assert.Equal(1, AdjustedCount(service.Records[0]));
    }

    [Fact]
    public async Task Everything_in_a_key_node_is_kept()
    {
        await using var service = Sampled(0.01);
        Baggage.Current = default(Baggage).SetBaggage(JourneyKeys.CriticalRoute, "payment");
        for (var trace = 0; trace < 500; trace++)
            Traces.Within(() => service.Log().Said("hello"));
        Baggage.Current = default;

        Assert.Equal(500, service.Records.Count);
        Assert.All(service.Records, record => Assert.Equal(1, AdjustedCount(record)));
    }

    [Theory]
    [InlineData("ot=th:c", 4)] // the trace had its chance at 25%, the line at 1%
    [InlineData("ot=th:fff", 100)] // the trace at 0.02%, the line at 1%
    [InlineData("other=1", 1)] // recorded by somebody who does not say how many
    [InlineData(null, 1)]
    public async Task The_lines_of_a_recorded_trace_are_kept_and_stand_for_as_many_as_they_should(string? traceState, double count)
    {
        await using var service = Sampled(0.01);
        for (var trace = 0; trace < 50; trace++)
            Traces.Within(() => service.Log().Said("hello"), recorded: true, traceState);

        Assert.Equal(50, service.Records.Count);
        Assert.All(service.Records, record => Assert.Equal(count, AdjustedCount(record), count * 0.0001));
    }

    [Fact]
    public async Task Journey_events_are_never_sampled()
    {
        await using var service = Sampled(0);
        var events = service.App.Services.GetRequiredService<JourneyEvents>();
        for (var trace = 0; trace < 500; trace++)
            Traces.Within(() => events.Emit(new CartEvents.LineRemoved("c1", "BAG-0101")));

        Assert.Equal(500, service.Records.Count);
    }

    [Fact]
    public async Task The_first_rule_by_name_that_fits_decides()
    {
        await using var service = Service.Build(new()
        {
            ["Shop:LogSampling:Rules:a_noisy:Category"] = "Shop.Noisy",
            ["Shop:LogSampling:Rules:a_noisy:Level"] = "Information",
            ["Shop:LogSampling:Rules:a_noisy:Probability"] = "0",
            ["Shop:LogSampling:Rules:b_rest:Category"] = "Shop",
            ["Shop:LogSampling:Rules:b_rest:Probability"] = "1",
        });
        Traces.Within(() => service.Log("Shop.Noisy.Inner").Said("dropped"));
        Traces.Within(() => service.Log("Shop.Noisy.Inner").Warned());
        Traces.Within(() => service.Log("Shop.Quiet").Said("kept"));

        Assert.Equal(["probe.warned", "probe.said"], service.Records.Select(record => record.EventId.Name));
        Assert.Equal(1, Counted(service, Dropped, "a_noisy"));
        Assert.Equal(2, Counted(service, Kept, "b_rest"));
    }

    [Fact]
    public async Task A_line_that_is_dropped_costs_no_memory()
    {
        await using var service = Sampled(0);
        var log = service.Log();
        var order = Guid.NewGuid();
        long allocated = 0;
        Traces.Within(() =>
        {
            log.Counted(1, order, DateTimeOffset.UnixEpoch);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var line = 0; line < 10_000; line++)
                log.Counted(line, order, DateTimeOffset.UnixEpoch);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        });

        Assert.Empty(service.Records);
        Assert.Equal(0, allocated);
        Assert.Equal(10_001, Counted(service, Dropped));
    }

    [Fact]
    public async Task A_change_of_the_configuration_counts_at_once_and_a_wrong_one_is_refused()
    {
        await using var service = Sampled(0);
        Traces.Within(() => service.Log().Said("dropped"));

        Change(service, "1");
        Traces.Within(() => service.Log().Said("kept"));
        Change(service, "2");
        Traces.Within(() => service.Log().Said("kept still"));

        Assert.Equal(
            ["log_sampling.changed", "probe.said", "log_sampling.rejected", "probe.said"],
            service.Records.Select(record => record.EventId.Name));
        Assert.Contains("Shop:LogSampling:Rules:probe:Probability must be between 0 and 1.", service.Records[2].Exception!.Message, StringComparison.Ordinal);

        static void Change(Service service, string probability)
        {
            service.Configuration[Probability] = probability;
            service.Configuration.Reload();
        }
    }

    [Theory]
    [InlineData("Shop:LogSampling:TargetPerSecond", "0", "TargetPerSecond")]
    [InlineData("Shop:LogSampling:MinProbability", "0", "MinProbability")]
    [InlineData("Shop:LogSampling:MinProbability", "1.1", "MinProbability")]
    [InlineData("Shop:LogSampling:AlwaysKeepLevel", "Critical", "AlwaysKeepLevel")]
    [InlineData("Shop:LogSampling:AlwaysKeepLevel", "Debug", "AlwaysKeepLevel")]
    [InlineData(Probability, "-0.1", "Rules:probe:Probability must be between 0 and 1.")]
    [InlineData(Probability, "NaN", "Rules:probe:Probability must be between 0 and 1.")]
    public void A_wrong_setting_stops_the_start_in_a_sentence(string setting, string value, string named)
    {
        var refused = Assert.Throws<OptionsValidationException>(() => Service.Build(new() { [setting] = value }));
        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_it_everything_is_kept()
    {
        await using var service = Service.Build(new() { ["Shop:LogSampling:Enabled"] = "false", [Probability] = "0" });
        for (var line = 0; line < 5000; line++)
            service.Log().Said("hello");

        Assert.Equal(5000, service.Records.Count);
    }

    [Fact]
    public async Task Under_load_the_lines_follow_the_target_and_the_rest_is_counted()
    {
        await using var service = Service.Build(new() { ["Shop:LogSampling:TargetPerSecond"] = "100" });
        var since = Stopwatch.StartNew();
        var written = 0;
        while (since.Elapsed < TimeSpan.FromSeconds(3))
        {
            Traces.Within(() => service.Log().Said("hello"));
            written++;
        }

        Assert.InRange(service.Records.Count, 100, Math.Max(2500, written / 50));
        // The platform's own guards come on top.
        Assert.InRange(Counted(service, Kept, "throughput") + Counted(service, Dropped, "throughput"), written, written + 100);
        var restored = service.Records.Sum(AdjustedCount);
        Assert.InRange(restored, written * 0.6, written * 1.4);
    }

    private static Service Sampled(double probability) => Service.Build(new()
    {
        [Probability] = probability.ToString(CultureInfo.InvariantCulture),
        ["Shop:LogSampling:Rules:probe:Category"] = "Shop",
    });

    private static double AdjustedCount(LogRecord record) => (double?)record.Values().GetValueOrDefault(SamplingAttributes.AdjustedCount) ?? 1;

    private static long Counted(Service service, string instrument, string rule = "probe")
    {
        var total = 0L;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (published, listener) =>
        {
            if (published.Name == instrument && published.Meter.Scope == service.App.Services.GetRequiredService<IMeterFactory>())
                listener.EnableMeasurementEvents(published);
        };
        listener.SetMeasurementEventCallback<long>((_, measured, tags, _) =>
        {
            if (tags.ToArray().Any(tag => Equals(tag.Value, rule)))
                total += measured;
        });
        listener.Start();
        listener.RecordObservableInstruments();
        return total;
    }
}
