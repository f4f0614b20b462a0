using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Shop.Storefront.Canary;
using Shop.Telemetry.Events;
using Shop.Telemetry.Sampling.CriticalRoutes;
using Shop.Tests.Support;
using Xunit.Abstractions;

namespace Shop.Tests.Unit.Storefront.Canary;

/// <summary>Simulated rollouts: 200 requests in a second, in sessions of five requests.</summary>
public sealed class CanaryRolloutTests(ITestOutputHelper output)
{
    private const int RequestsPerSession = 5;
    private const int MaxRequests = 200_000;

    private static readonly int[] _shares = [3, 10, 25, 50, 100];
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(5);

    [Fact]
    public void Canary_as_good_as_the_baseline_is_promoted_also_while_some_sessions_meet_only_errors_or_slow_requests()
    {
        const int Runs = 300;
        var random = new Random(2026);

        var rolledBack = Enumerable.Range(0, Runs).Count(_ => Run(random, Fate.Common, Fate.Common).State.Status != "promoted");

        output.WriteLine($"{rolledBack} of {Runs} rolled back");
        Assert.True(rolledBack <= Runs * CanaryRollout.FalseAlarmProbability, $"{rolledBack} of {Runs}");
    }

    [Theory]
    [InlineData(0.2, 45)]
    [InlineData(1, 25)]
    public void Canary_with_errors_is_rolled_back_after_a_few_requests_to_it(double errorShare, int maxRequests)
    {
        const int Runs = 200;
        var random = new Random(2026);

        var runs = Enumerable.Range(0, Runs).Select(_ => Run(random, new Fate(errorShare), new Fate(0.001))).ToList();

        Assert.All(runs, run => Assert.Equal(CanaryReasons.Errors, run.State.Decisions[^1].Reason));
        var requests = runs.Select(run => run.CanaryRequests).Order().ToList();
        var seconds = runs.Select(run => run.Elapsed.TotalSeconds).Order().ToList();
        output.WriteLine(
            $"requests to the canary: median {requests[Runs / 2]}, 95% {requests[Runs * 95 / 100]}; "
            + $"seconds: median {seconds[Runs / 2]:0.0}, 95% {seconds[Runs * 95 / 100]:0.0}");
        Assert.InRange(requests[Runs / 2], 1, maxRequests);
        var hurtShare = runs.Sum(run => run.Hurt) / (double)runs.Sum(run => run.Requests);
        output.WriteLine($"share of all requests that met an error of the canary: {hurtShare:P2}");
        Assert.InRange(hurtShare, 0, errorShare * 0.03 * 1.5);
    }

    [Fact]
    public void Canary_that_is_slower_than_twice_the_baseline_is_rolled_back_and_one_that_is_a_little_slower_is_not()
    {
        var random = new Random(2026);
        var usual = new Fate(0.001);

        var slow = Run(random, usual with { Delay = TimeSpan.FromMilliseconds(400) }, usual);
        var slower = Run(random, usual with { Delay = TimeSpan.FromMilliseconds(10) }, usual);

        Assert.Equal(CanaryReasons.Latency, slow.State.Decisions[^1].Reason);
        Assert.Equal("promoted", slower.State.Status);
    }

    [Fact]
    public void Slow_requests_roll_the_canary_back_unless_they_are_among_its_first_30()
    {
        var time = new FakeTimeProvider();
        var rollout = Create(time);
        rollout.OnHealthy();
        var step = rollout.Step!;
        for (var request = 0ul; request < 1000; request++)
        {
            rollout.Record(new CanaryChoice(step, ulong.MaxValue - request), failed: false, TimeSpan.FromMilliseconds(5));
        }

        for (var request = 0ul; request < 30; request++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            rollout.Record(new CanaryChoice(step, request), failed: false, TimeSpan.FromSeconds(5));
        }

        Assert.Equal("running", rollout.GetState().Status);
        for (var request = 30ul; request < 60; request++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            rollout.Record(new CanaryChoice(step, request), failed: false, TimeSpan.FromSeconds(5));
        }

        Assert.Equal(CanaryReasons.Latency, rollout.GetState().Decisions[^1].Reason);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(50)]
    [InlineData(90)]
    public void Canary_that_is_slow_alone_in_15_intervals_is_rolled_back_and_not_while_the_baseline_is_slow_too(int share)
    {
        var (canary, control, at) = (0ul, ulong.MaxValue, default(DateTimeOffset));
        var step = new CanaryStep(share, at, CanaryRollout.FalseAlarmProbability / 8, null);
        while (control > ulong.MaxValue - 200)
        {
            Record(CanaryTrack.Baseline, control--, slow: false);
        }

        for (var interval = 0; interval < 100; interval++)
        {
            at += TimeSpan.FromSeconds(0.5);
            Record(CanaryTrack.Canary, canary++, slow: true);
            Record(CanaryTrack.Baseline, control--, slow: true);
        }

        for (var interval = 0; interval < 15; interval++)
        {
            Assert.Null(step.Rejection);
            at += TimeSpan.FromSeconds(0.5);
            // As many as one likes.
            Record(CanaryTrack.Canary, canary++, slow: true);
            Record(CanaryTrack.Canary, canary++, slow: true);
        }

        at += TimeSpan.FromSeconds(0.5);
        Record(CanaryTrack.Baseline, control, slow: false);
        Assert.Equal(CanaryReasons.Latency, step.Rejection);

        void Record(CanaryTrack track, ulong session, bool slow) =>
            step.Record(track, session, failed: false, TimeSpan.FromMilliseconds(slow ? 5000 : 5), isWarm: true, at);
    }

    [Fact]
    public void Shares_are_raised_one_after_the_other_and_each_has_its_time_and_sessions()
    {
        var run = Run(new Random(1), new Fate(0), new Fate(0));

        Assert.Equal(_shares, run.State.Decisions.Select(decision => decision.Share));
        foreach (var (before, after) in run.State.Decisions.Zip(run.State.Decisions.Skip(1)))
        {
            Assert.True(after.At - before.At >= TimeSpan.FromSeconds(10));
            Assert.True(after.Canary.Requests > 98 * RequestsPerSession);
        }
    }

    [Fact]
    public void Few_sessions_with_many_requests_do_not_raise_the_share()
    {
        var time = new FakeTimeProvider();
        var rollout = Create(time);
        rollout.OnHealthy();
        for (var request = 0; request < 10_000; request++)
        {
            time.Advance(_interval);
            rollout.Record(new CanaryChoice(rollout.Step!, (ulong)request % 99), failed: false, TimeSpan.FromMilliseconds(5));
        }

        Assert.Equal(_shares[0], rollout.Step!.Share);
    }

    [Fact]
    public void Canary_waits_until_it_is_healthy_and_one_that_was_rolled_back_gets_no_share_again()
    {
        var time = new FakeTimeProvider();
        var rollout = Create(time);
        Assert.Equal("waiting", rollout.GetState().Status);

        rollout.OnHealthy();
        Assert.Equal("running", rollout.GetState().Status);
        RollBack(rollout, time);
        rollout.OnHealthy();

        Assert.Equal("rolled_back", rollout.GetState().Status);
        Assert.Null(rollout.Step);
    }

    [Fact]
    public void Canary_that_is_unhealthy_for_a_moment_keeps_its_share_and_for_ten_seconds_is_rolled_back()
    {
        var time = new FakeTimeProvider();
        var rollout = Create(time);
        rollout.OnHealthy();
        foreach (var _ in Enumerable.Range(0, 3))
        {
            rollout.OnUnhealthy(isBaselineHealthy: true);
            time.Advance(TimeSpan.FromSeconds(9));
            rollout.OnUnhealthy(isBaselineHealthy: true);
            rollout.OnHealthy();
        }

        Assert.Equal("running", rollout.GetState().Status);
        RollBack(rollout, time);

        Assert.Equal(CanaryReasons.Unhealthy, rollout.GetState().Decisions[^1].Reason);
    }

    [Fact]
    public void Time_without_a_healthy_canary_begins_again_when_the_baseline_is_unhealthy_too()
    {
        var time = new FakeTimeProvider();
        var rollout = Create(time);
        rollout.OnHealthy();
        foreach (var isBaselineHealthy in (bool[])[true, false, true])
        {
            rollout.OnUnhealthy(isBaselineHealthy);
            time.Advance(TimeSpan.FromSeconds(9));
        }

        rollout.OnUnhealthy(isBaselineHealthy: true);
        Assert.Equal("running", rollout.GetState().Status);
        time.Advance(TimeSpan.FromSeconds(1));
        rollout.OnUnhealthy(isBaselineHealthy: true);

        Assert.Equal("rolled_back", rollout.GetState().Status);
    }

    [Fact]
    public void Session_of_a_smaller_share_is_one_of_each_larger_share()
    {
        var random = new Random(1);
        CanaryStep[] steps = [.. _shares.Select(share => new CanaryStep(share, default, 0.01, null))];
        var sessions = Enumerable.Range(0, 10_000).Select(_ => NextSession(random)).ToList();

        foreach (var session in sessions)
        {
            var tracks = steps.Select(step => step.GetTrack(session)).ToList();
            Assert.Equal(tracks.Order(), tracks);
        }

        foreach (var step in steps)
        {
            var share = sessions.Count(session => step.GetTrack(session) is CanaryTrack.Canary) / (double)sessions.Count;
            Assert.InRange(share, step.Share / 100.0 - 0.015, step.Share / 100.0 + 0.015);
        }
    }

    private static SimulatedRun Run(Random random, Fate canary, Fate baseline)
    {
        var time = new FakeTimeProvider();
        var start = time.GetUtcNow();
        var rollout = Create(time);
        rollout.OnHealthy();
        var (requests, canaryRequests, hurt) = (0, 0, 0);
        while (rollout.Step is { Share: < 100 } && requests < MaxRequests)
        {
            var session = NextSession(random);
            var isUnlucky = random.NextDouble() < 0.01;
            for (var i = 0; i < RequestsPerSession && rollout.Step is { } step; i++)
            {
                time.Advance(_interval);
                var choice = new CanaryChoice(step, session);
                var fate = choice.Track is CanaryTrack.Canary ? canary : baseline;
                var failed = fate.IsByLuck ? isUnlucky : random.NextDouble() < fate.ErrorShare;
                var isSlow = fate.IsByLuck && isUnlucky && i > 0;
                rollout.Record(choice, failed, fate.Delay + TimeSpan.FromMilliseconds(isSlow ? 2000 : 5 + 20 * random.NextDouble()));
                requests++;
                canaryRequests += choice.Track is CanaryTrack.Canary ? 1 : 0;
                hurt += failed && choice.Track is CanaryTrack.Canary ? 1 : 0;
            }
        }

        return new(rollout.GetState(), requests, canaryRequests, hurt, time.GetUtcNow() - start);
    }

    private static void RollBack(CanaryRollout rollout, FakeTimeProvider time)
    {
        rollout.OnUnhealthy(isBaselineHealthy: true);
        time.Advance(TimeSpan.FromSeconds(10));
        rollout.OnUnhealthy(isBaselineHealthy: true);
    }

    private static ulong NextSession(Random random) => (ulong)random.NextInt64(long.MinValue, long.MaxValue);

    internal static CanaryRollout Create(TimeProvider time) => new(
        Options.Create(new CanaryOptions { Service = "cart", StepDuration = TimeSpan.FromSeconds(10) }),
        time,
        new JourneyEvents(
            NullLoggerFactory.Instance,
            hasValuesInMessage: false,
            new HttpContextAccessor(),
            new CriticalRouteMatcher(new TestOptionsMonitor<CriticalRouteOptions>(new())),
            exporter: null,
            []));

    /// <summary>What becomes of the requests to a version.</summary>
    private sealed record Fate(double ErrorShare)
    {
        /// <summary>A hundredth of the sessions meets only errors, most of them slow.</summary>
        public static Fate Common { get; } = new(0.01) { IsByLuck = true };

        public bool IsByLuck { get; private init; }

        public TimeSpan Delay { get; init; }
    }

    private sealed record SimulatedRun(CanaryState State, int Requests, int CanaryRequests, int Hurt, TimeSpan Elapsed);
}
