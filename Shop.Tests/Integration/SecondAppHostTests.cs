using Aspire.Hosting.Testing;

namespace Shop.Tests.Integration;

public sealed class SecondAppHostTests : IDisposable
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("shop-tests-");

    public void Dispose() => _data.Delete(recursive: true);

    [LocalServersFact]
    public async Task Second_AppHost_is_rejected_while_the_first_one_holds_the_data_directory()
    {
        string[] arguments = ["--infrastructure", "local", "--data", _data.FullName];
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Shop_AppHost>(arguments);
        await using var first = await builder.BuildAsync();

        // A lock that only the garbage collector releases would be lost here.
        GC.Collect();
        GC.WaitForPendingFinalizers();

        using var second = AppHostProcess.Start(_data.FullName, null, "--infrastructure", "local");
        await second.WaitForExitAsync();

        Assert.Equal(1, second.ExitCode);
        Assert.Equal(
            $"Another AppHost is using the data in {_data.FullName}. Stop it, or choose another directory with --data DIR.",
            second.Output.Trim());
    }
}
