using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace Shop.Tests.Component.AppHost;

/// <summary>Where the commands of an operator are.</summary>
public sealed class OperatorCommandModelTests : IDisposable
{
    private static readonly string[] _commands =
        ["replay-errors", "discard-errors", "add-stock", "rotate-personal-data-key", "reset-data"];

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("shop-tests-");

    public void Dispose() => _data.Delete(recursive: true);

    [Theory]
    [InlineData("Development", true)]
    [InlineData("Production", false)]
    public async Task Commands_of_an_operator_are_there_in_Development_only(string environment, bool expected)
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Shop_AppHost>(
            ["--infrastructure", "containers", "--data", _data.FullName, "--environment", environment]);

        var commands = builder.Resources.SelectMany(resource => resource.Annotations.OfType<ResourceCommandAnnotation>())
            .Select(command => command.Name).Where(_commands.Contains).ToHashSet();

        Assert.Equal(expected ? _commands.Order() : [], commands.Order());
    }

    [Fact]
    public async Task Command_that_deletes_or_restarts_asks_before()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Shop_AppHost>(
            ["--infrastructure", "containers", "--data", _data.FullName]);

        var commands = builder.Resources.SelectMany(resource => resource.Annotations.OfType<ResourceCommandAnnotation>()).ToList();
        foreach (var name in (string[])["discard-errors", "rotate-personal-data-key", "reset-data"])
        {
            Assert.All(commands.Where(command => command.Name == name), command => Assert.NotEmpty(command.ConfirmationMessage!));
            Assert.Contains(commands, command => command.Name == name);
        }
    }
}
