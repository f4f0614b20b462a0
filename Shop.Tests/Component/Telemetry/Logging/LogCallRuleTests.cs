using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Telemetry.Logging;

/// <summary>Builds a project with the rules of the repository, and expects errors for log calls that they forbid.</summary>
public sealed partial class LogCallRuleTests : IDisposable
{
    private readonly DirectoryInfo _project = Directory.CreateDirectory(
        Path.Combine(Repository.Root, "artifacts", "tests", $"Rejected{Guid.NewGuid():n}"));

    public void Dispose() => _project.Delete(recursive: true);

    [Fact]
    public Task Build_rejects_log_calls_that_interpolate_or_are_not_generated() => AssertErrorsAsync(
        """
        using Microsoft.Extensions.Logging;

        namespace Rejected;

        internal static class Log
        {
            public static void Interpolated(ILogger log, int count) => log.LogInformation($"{count} things");

            public static void Direct(ILogger log, int count) => log.LogInformation("{Count} things", count);
        }
        """,
        "CA1848 in line 7", "CA1848 in line 9", "CA1873 in line 7", "CA1873 in line 9", "CA2254 in line 7");

    [Fact]
    public Task Build_rejects_log_methods_with_personal_data() => AssertErrorsAsync(
        """
        using Microsoft.Extensions.Logging;
        using Shop.Contracts;
        using Shop.Contracts.Messages;

        namespace Rejected;

        internal static partial class Log
        {
            [LoggerMessage(LogLevel.Information, "For {Person}")]
            public static partial void Person(ILogger log, Recipient person);

            [LoggerMessage(LogLevel.Information, "Got {Message}")]
            public static partial void PersonInside(ILogger log, CheckoutSubmitted message);
        }
        """,
        "LOGGEN035 in line 10", "LOGGEN035 in line 13");

    private async Task AssertErrorsAsync(string code, params string[] errors)
    {
        await File.WriteAllTextAsync(Path.Combine(_project.FullName, "Rejected.cs"), code);
        await File.WriteAllTextAsync(Path.Combine(_project.FullName, "Rejected.csproj"),
            """
            <Project Sdk="Microsoft.NET.Sdk">
              <ItemGroup>
                <ProjectReference Include="../../../Shop.ServiceDefaults/Shop.ServiceDefaults.csproj" />
              </ItemGroup>
            </Project>
            """);

        // CS8795 (a partial method has no implementation) only follows from the errors of the generator.
        var output = await BuildAsync();
        var rejected = output.Split('\n').Select(line => ErrorLine().Match(line))
            .Where(error => error.Success && error.Groups["rule"].Value != "CS8795")
            .Select(error => (Rule: error.Groups["rule"].Value, Line: int.Parse(error.Groups["line"].Value, CultureInfo.InvariantCulture)))
            .Distinct().Order().Select(error => $"{error.Rule} in line {error.Line}");
        Assert.Equal(errors, rejected);
    }

    // .../Rejected.cs(9,64): error CA1848: For improved performance, ...
    [GeneratedRegex(@"Rejected\.cs\((?<line>\d+),\d+\): error (?<rule>\w+):")]
    private static partial Regex ErrorLine();

    private async Task<string> BuildAsync()
    {
        string[] arguments = ["build", "-v", "q", "-m:1", "--disable-build-servers", "-p:BuildProjectReferences=false"];
        using var build = Process.Start(new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = _project.FullName,
            RedirectStandardOutput = true,
        })!;
        var output = await build.StandardOutput.ReadToEndAsync();
        await build.WaitForExitAsync();
        return output;
    }
}
