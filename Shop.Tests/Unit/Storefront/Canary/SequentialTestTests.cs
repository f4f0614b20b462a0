using Shop.Storefront.Canary;

namespace Shop.Tests.Unit.Storefront.Canary;

public sealed class SequentialTestTests
{
    private const double Level = 0.05;
    private const int Runs = 4000;

    // How many times as often the canary fails: as often, and as often as the tolerance allows.
    [Theory]
    [InlineData(0.01, 1)]
    [InlineData(0.01, 1.5)]
    [InlineData(0.1, 1)]
    [InlineData(0.1, 1.5)]
    [InlineData(0.25, 1.5)]
    [InlineData(0.5, 1)]
    [InlineData(0.5, 1.5)]
    public void Canary_as_good_as_the_baseline_is_rejected_at_most_with_the_level_however_often_one_looks(double share, double ratio)
    {
        var random = new Random(2026);
        var probability = share * ratio / (share * ratio + 1 - share);

        var rejected = Enumerable.Range(0, Runs).Count(_ =>
        {
            var test = new SequentialTest(share, Level);
            for (var fault = 0; fault < 500 && !test.IsRejected; fault++)
            {
                test.BeginInterval();
                test.Add(random.NextDouble() < probability ? CanaryTrack.Canary : CanaryTrack.Baseline);
            }

            return test.IsRejected;
        });

        Assert.True(rejected <= Runs * Level, $"{rejected} of {Runs}");
    }

    [Theory]
    [InlineData(0.01, 2)]
    [InlineData(0.03, 3)]
    [InlineData(0.1, 4)]
    [InlineData(0.25, 7)]
    [InlineData(0.5, 15)]
    public void Faults_of_the_canary_alone_reject_it_after_a_few(double share, int faults)
    {
        var test = new SequentialTest(share, CanaryRollout.FalseAlarmProbability / 8);
        var added = 0;
        while (!test.IsRejected)
        {
            test.BeginInterval();
            test.Add(CanaryTrack.Canary);
            added++;
        }

        Assert.Equal(faults, added);
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.03)]
    [InlineData(0.1)]
    [InlineData(0.25)]
    [InlineData(0.5)]
    public void Faults_of_the_canary_in_two_intervals_do_not_reject_it_and_those_of_a_few_more_do(double share)
    {
        var test = new SequentialTest(share, CanaryRollout.FalseAlarmProbability / 8);
        AddInterval();
        AddInterval();
        Assert.Equal(share < 0.02, test.IsRejected);

        AddInterval();
        AddInterval();
        Assert.True(test.IsRejected);

        void AddInterval()
        {
            test.BeginInterval();
            for (var fault = 0; fault < 100; fault++)
            {
                test.Add(CanaryTrack.Canary);
            }
        }
    }

    [Fact]
    public void Faults_of_the_baseline_alone_never_reject_the_canary()
    {
        var test = new SequentialTest(0.5, Level);
        for (var fault = 0; fault < 10_000; fault++)
        {
            test.Add(CanaryTrack.Baseline);
            Assert.False(test.IsRejected);
        }
    }
}
