using Shop.Orders.Ordering;

namespace Shop.Tests.Unit.Orders;

public class OverdueOrderWorkerTests
{
    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 60)]
    [InlineData(3, 600)]
    [InlineData(99, 600)]
    public void Delay_grows_with_each_failed_attempt(int attempts, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), OverdueOrderWorker.GetRetryDelay(attempts));
}
