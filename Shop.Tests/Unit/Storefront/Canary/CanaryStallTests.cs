using Microsoft.Extensions.Time.Testing;
using Shop.Storefront.Canary;
using Xunit.Abstractions;

namespace Shop.Tests.Unit.Storefront.Canary;

/// <summary>
/// Simulated rollouts on a busy machine: 400 requests in a second, in sessions of five requests, to two processes. Each answers one after
/// the other what has arrived while it stalled.
/// </summary>
public sealed class CanaryStallTests(ITestOutputHelper output)
{
    private const double Rate = 400;
    private const int RequestsPerSession = 5;
    private const int SessionsAtOnce = 40;
    private const double MaxSeconds = 300;

    // Mean seconds from one stall to the next: of each of the processes, and of the machine.
    [Theory]
    [InlineData(60, 0)]
    [InlineData(10, 0)]
    [InlineData(0, 60)]
    [InlineData(0, 10)]
    [InlineData(30, 30)]
    public void Canary_as_good_as_the_baseline_is_promoted_also_while_processes_or_the_machine_stall(double ofProcess, double ofMachine)
    {
        const int Runs = 100;
        var random = new Random(2026);

        var reasons = Enumerable.Range(0, Runs).Select(_ => Run(random, ofProcess, ofMachine)).OfType<string>().ToList();

        output.WriteLine($"{reasons.Count} of {Runs} rolled back: {string.Join(", ", reasons.CountBy(reason => reason))}");
        Assert.True(reasons.Count <= Runs * CanaryRollout.FalseAlarmProbability, $"{reasons.Count} of {Runs}");
    }

    // Returns the reason of the roll-back, if any.
    private static string? Run(Random random, double ofProcess, double ofMachine)
    {
        var time = new FakeTimeProvider();
        var start = time.GetUtcNow();
        var rollout = CanaryRolloutTests.Create(time);
        rollout.OnHealthy();
        var machine = CreateStalls(random, ofMachine);
        var (canary, baseline) = (CreateProcess(), CreateProcess());
        var sessions = new ulong[SessionsAtOnce];
        var answers = new PriorityQueue<Answer, double>();
        for (var request = 0; request / Rate < MaxSeconds && rollout.Step is { Share: < 100 } step; request++)
        {
            var now = request / Rate;
            while (answers.TryPeek(out var answer, out var at) && at <= now)
            {
                answers.Dequeue();
                time.SetUtcNow(start + TimeSpan.FromSeconds(at));
                rollout.Record(answer.Choice, answer.Failed, answer.Duration);
            }

            if (request / SessionsAtOnce % RequestsPerSession == 0)
            {
                sessions[request % SessionsAtOnce] = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
            }

            var choice = new CanaryChoice(step, sessions[request % SessionsAtOnce]);
            var (end, failed) = (choice.Track is CanaryTrack.Canary ? canary : baseline).Answer(now);
            answers.Enqueue(new(choice, failed, TimeSpan.FromSeconds(end - now)), end);
        }

        return rollout.GetState().Decisions[^1].Reason;

        Process CreateProcess() => new(random, CreateStalls(random, ofProcess), machine);
    }

    private static List<(double From, double To)> CreateStalls(Random random, double meanDistance)
    {
        var stalls = new List<(double From, double To)>();
        for (var at = 0.0; meanDistance > 0 && at < 2 * MaxSeconds;)
        {
            var from = at + NextExponential(random, meanDistance);
            at = from + NextExponential(random, 1);
            stalls.Add((from, at));
        }

        return stalls;
    }

    private static double NextExponential(Random random, double mean) => -mean * Math.Log(1 - random.NextDouble());

    private sealed record Answer(CanaryChoice Choice, bool Failed, TimeSpan Duration);

    /// <summary>Answers 1000 requests in a second, and each after 5 to 25 ms at the earliest.</summary>
    private sealed class Process(Random random, List<(double From, double To)> stalls, List<(double From, double To)> ofMachine)
    {
        private double _busyUntil;

        /// <summary>Returns when a request is answered, and whether it failed.</summary>
        public (double End, bool Failed) Answer(double start)
        {
            var begin = Math.Max(start, _busyUntil);
            for (var isStalled = true; isStalled;)
            {
                var end = FindEnd(ofMachine, FindEnd(stalls, begin));
                (isStalled, begin) = (end > begin, end);
            }

            _busyUntil = begin + 0.001;
            // What both versions depend on has not answered for a second.
            var failed = FindEnd(ofMachine, start) - start > 1;
            return (_busyUntil + 0.005 + 0.02 * random.NextDouble(), failed);
        }

        // The end of the stall at a time; the time itself if there is none.
        private static double FindEnd(List<(double From, double To)> stalls, double at)
        {
            foreach (var (from, to) in stalls)
            {
                if (at < to)
                {
                    return at < from ? at : to;
                }
            }

            return at;
        }
    }
}
