using Shop.Telemetry.Hosting;

namespace Shop.Tests.Unit.Telemetry;

public class RetryDelayTests
{
    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 10)]
    [InlineData(5, 80)]
    [InlineData(10, 2560)]
    [InlineData(11, 3600)]
    [InlineData(int.MaxValue, 3600)]
    public void Delay_doubles_with_each_failed_attempt_up_to_its_maximum(int attempts, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), RetryDelay.Get(attempts, TimeSpan.FromSeconds(5), TimeSpan.FromHours(1)));
}
