using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.ServiceDefaults.Logging;

/// <summary>What the build refuses, tried with the rules that the shop's projects are built with.</summary>
public sealed partial class LogCallRuleTests : IDisposable
{
    private readonly DirectoryInfo _project = Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts", "tests", $"Refused{Guid.NewGuid():n}"));

    public void Dispose() => _project.Delete(recursive: true);

    [Fact]
    public Task A_log_call_that_builds_a_string_or_is_not_generated_does_not_compile() => RefusesAsync(
        """
        using Microsoft.Extensions.Logging;

        namespace Refused;

        internal static class Log
        {
            public static void Interpolated(ILogger log, int count) => log.LogInformation($"{count} things");

            public static void Direct(ILogger log, int count) => log.LogInformation("{Count} things", count);
        }
        """,
        "CA1848 in line 7", "CA1848 in line 9", "CA1873 in line 7", "CA1873 in line 9", "CA2254 in line 7");

    [Fact]
    public Task A_log_method_that_takes_what_is_about_a_person_does_not_compile() => RefusesAsync(
        """
        using Microsoft.Extensions.Logging;
        using Shop.Contracts;
        using Shop.Contracts.Messages;

        namespace Refused;

        internal static partial class Log
        {
            [LoggerMessage(LogLevel.Information, "For {Who}")]
            public static partial void Person(ILogger log, Recipient who);

            [LoggerMessage(LogLevel.Information, "Got {Message}")]
            public static partial void PersonInside(ILogger log, CheckoutSubmitted message);
        }
        """,
        "LOGGEN035 in line 10", "LOGGEN035 in line 13");

    private async Task RefusesAsync(string code, params string[] errors)
    {
        await File.WriteAllTextAsync(Path.Combine(_project.FullName, "Refused.cs"), code);
        await File.WriteAllTextAsync(Path.Combine(_project.FullName, "Refused.csproj"),
            """
            <Project Sdk="Microsoft.NET.Sdk">
              <ItemGroup>
                <ProjectReference Include="../../../Shop.ServiceDefaults/Shop.ServiceDefaults.csproj" />
              </ItemGroup>
            </Project>
            """);

        // The compiler's own complaint, that a method was not generated, follows from the generator's.
        var output = await BuildAsync();
        var refused = output.Split('\n').Select(line => RefusedLine().Match(line)).Where(error => error.Success && error.Groups["rule"].Value != "CS8795")
            .Select(error => (Rule: error.Groups["rule"].Value, Line: int.Parse(error.Groups["line"].Value, CultureInfo.InvariantCulture)))
            .Distinct().Order().Select(error => $"{error.Rule} in line {error.Line}");
        Assert.Equal(errors, refused);
    }

    // .../Refused.cs(9,64): error CA1848: For improved performance, ...
    [GeneratedRegex(@"Refused\.cs\((?<line>\d+),\d+\): error (?<rule>\w+):")]
    private static partial Regex RefusedLine();

    private async Task<string> BuildAsync()
    {
        using var build = Process.Start(new ProcessStartInfo("dotnet", ["build", "-v", "q", "-m:1", "--disable-build-servers", "-p:BuildProjectReferences=false"])
        {
            WorkingDirectory = _project.FullName,
            RedirectStandardOutput = true,
        })!;
        var output = await build.StandardOutput.ReadToEndAsync();
        await build.WaitForExitAsync();
        return output;
    }
}
