using Shop.Messaging.JourneyEvents;

namespace Shop.Tests.Unit.Messaging.JourneyEvents;

public class JourneyEventOptionsTests
{
    [Theory]
    [InlineData(99, 100, 100, 200, 200)]
    [InlineData(10_000, 1001, 100, 200, 200)]
    [InlineData(10_000, 100, 1001, 200, 200)]
    [InlineData(10_000, 100, 100, 0, 200)]
    [InlineData(10_000, 100, 100, 200, 0)]
    public void Value_out_of_its_range_is_rejected(int capacity, int batchSize, int enqueueTimeout, int batchDelay, int spillSize)
    {
        var result = new JourneyEventOptionsValidator().Validate(null, new()
        {
            QueueCapacity = capacity,
            MaxBatchSize = batchSize,
            EnqueueTimeout = TimeSpan.FromMilliseconds(enqueueTimeout),
            BatchDelay = TimeSpan.FromMilliseconds(batchDelay),
            MaxSpillMegabytes = spillSize,
        });

        Assert.True(result.Failed);
    }

    [Fact]
    public void Defaults_are_valid() => Assert.True(new JourneyEventOptionsValidator().Validate(null, new()).Succeeded);
}
