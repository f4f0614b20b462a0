using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration;

[Collection(WholeApplication.Name)]
public sealed class SecondAppHostTests(ShopApp shop)
{
    [Fact]
    public async Task A_second_AppHost_is_refused_for_as_long_as_the_first_one_runs()
    {
        // The lock must be held by something that lives as long as the application, not by whatever the collector leaves alone.
        GC.Collect();
        GC.WaitForPendingFinalizers();

        using var second = AppHostProcess.Start(shop.DataDirectory);
        await second.WhenExitedAsync();

        Assert.Equal(1, second.ExitCode);
        Assert.Equal($"Another AppHost is running on the data in {shop.DataDirectory}. Stop it, or name another directory with --data DIR.", second.Output.Trim());
    }
}
