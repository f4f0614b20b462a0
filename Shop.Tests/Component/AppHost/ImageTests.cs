using System.Diagnostics;
using System.Text.Json.Nodes;
using Shop.Tests.Support;

namespace Shop.Tests.Component.AppHost;

/// <summary>The images that <c>dotnet publish -t:PublishContainer</c> makes, as MSBuild evaluates their settings.</summary>
public sealed class ImageTests
{
    [Fact]
    public async Task Image_of_a_service_is_chiseled_without_root_and_without_the_addresses_of_Development()
    {
        var project = JsonNode.Parse(await EvaluateAsync("Shop.Cart"))!;
        var properties = project["Properties"]!;
        Assert.EndsWith("-chiseled", (string?)properties["ContainerFamily"], StringComparison.Ordinal);
        Assert.Equal("1654", (string?)properties["ContainerUser"]);
        Assert.Equal((string?)properties["VersionPrefix"], (string?)properties["ContainerImageTag"]);
        var variable = Assert.Single(project["Items"]!["ContainerEnvironmentVariable"]!.AsArray())!;
        Assert.Equal(("ASPNETCORE_HTTP_PORTS", "8080"), ((string?)variable["Identity"], (string?)variable["Value"]));
        var development = project["Items"]!["Content"]!.AsArray()
            .Single(item => (string?)item!["Identity"] == "appsettings.Development.json");
        Assert.Equal("Never", (string?)development!["CopyToPublishDirectory"]);
    }

    private static async Task<string> EvaluateAsync(string project)
    {
        using var process = Process.Start(new ProcessStartInfo(
            Environment.ProcessPath!,
            [
                "msbuild", Path.Combine(Repository.Root, project),
                "-getProperty:ContainerFamily", "-getProperty:ContainerUser", "-getProperty:VersionPrefix",
                "-getProperty:ContainerImageTag",
                "-getItem:ContainerEnvironmentVariable", "-getItem:Content",
            ])
        {
            RedirectStandardOutput = true,
        })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, output);
        return output;
    }
}
