using System.Diagnostics;
using System.Runtime.Versioning;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.SupplyChain;

/// <summary>The script that looks for secrets in the files of the repository.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SecretScanTests : IDisposable
{
    private readonly DirectoryInfo _repository = Directory.CreateTempSubdirectory("shop-tests-");

    // In parts, so that the script does not find this file.
    public static TheoryData<string> Secrets =>
    [
        "-----BEGIN " + "RSA PRIVATE KEY-----",
        "key: AKIA" + "IOSFODNN7EXAMPLE",
        "token: ghp_" + "0123456789abcdefghijABCDEFGHIJ012345",
        "https://hooks.slack" + ".com/services/T0000/B0000/x",
        "AccountKey=" + "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        "Bearer eyJ" + "hbGciOiJIUzI1NiIsInR5.eyJ" + "zdWIiOiIxMjM0NTY3ODkwIn.SflKxwRJSMeKKF2QT4fwpM",
    ];

    [Theory]
    [MemberData(nameof(Secrets))]
    public async Task Secret_is_found_with_its_line_and_not_printed(string secret)
    {
        var (exitCode, output) = await ScanAsync($"first\n{secret}\n");

        Assert.Equal(1, exitCode);
        Assert.Contains("settings.txt:2", output, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_without_a_secret_is_accepted() =>
        Assert.Equal((0, ""), await ScanAsync("client_secret: set it in the environment\nparameter: personal-data-key-1\n"));

    public void Dispose() => _repository.Delete(recursive: true);

    private async Task<(int ExitCode, string Output)> ScanAsync(string text)
    {
        await File.WriteAllTextAsync(Path.Combine(_repository.FullName, "settings.txt"), text);
        await RunAsync("git", "-C", _repository.FullName, "init", "--quiet");
        await RunAsync("git", "-C", _repository.FullName, "add", "settings.txt");
        return await RunAsync(Path.Combine(Repository.Root, ".ci", "check-secrets"), _repository.FullName);
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error);
    }
}
