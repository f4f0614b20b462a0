using System.Diagnostics;
using System.Runtime.Versioning;
using Shop.Tests.Support;

namespace Shop.Tests.Component.AppHost;

/// <summary>The scripts <c>run</c> and <c>install-servers</c>, with replacements of the programs that they start.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class StartScriptTests : IDisposable
{
    private static readonly string[] _systemDirectories = ["/usr/bin", "/bin"];
    private static readonly string[] _servers = ["redis-server", "postgres", "rabbitmq-server"];

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("shop-tests-");
    private readonly DirectoryInfo _programs;

    public StartScriptTests()
    {
        _programs = _directory.CreateSubdirectory("programs");
        string[] programs =
            ["bash", "dirname", "env", "grep", "id", "mktemp", "readlink", "rm", "sleep", "tail", "timeout", "tr"];
        foreach (var program in programs)
        {
            var path = _systemDirectories.Select(directory => Path.Combine(directory, program)).First(File.Exists);
            File.CreateSymbolicLink(Path.Combine(_programs.FullName, program), path);
        }
    }

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData("run")]
    [InlineData("link to run")]
    public async Task Application_starts_from_any_directory_and_knows_the_directory_of_the_caller(string name)
    {
        foreach (var server in _servers)
        {
            AddProgram(server, "");
        }

        // A shell corrects PWD when it starts; the environment that it was started with still has the value.
        AddProgram("dotnet", "echo \"$(pwd -P)|$(tr '\\0' '\\n' </proc/$$/environ | grep ^PWD=)|$*\"");
        var run = Path.Combine(Repository.Root, "run");
        if (name != "run")
        {
            run = Path.Combine(_directory.FullName, name);
            File.CreateSymbolicLink(run, Path.Combine(Repository.Root, "run"));
        }

        var (exitCode, output) = await RunAsync(run, "--infrastructure", "local", "--data", "my data");

        Assert.Equal(0, exitCode);
        Assert.Equal(
            $"{Repository.Root}|PWD={_directory.FullName}|run --project Shop.AppHost -- --infrastructure local --data my data",
            output);
    }

    [Fact]
    public async Task Start_script_does_not_wait_for_a_container_runtime_that_does_not_respond()
    {
        AddProgram("docker", "exec sleep 600");

        var (exitCode, output) = await RunAsync(InstallServers);

        Assert.Equal(1, exitCode);
        Assert.StartsWith("Missing: redis-server", output);
    }

    [Theory]
    [InlineData("--infrastructure", "containers")]
    [InlineData("--infrastructure=containers")]
    [InlineData("--infrastructure=containers", "--data", "data")]
    [InlineData]
    public async Task Nothing_is_installed_for_containers(params string[] arguments)
    {
        AddProgram("podman", arguments.Length == 0 ? "exit 0" : "exit 1");

        Assert.Equal((0, ""), await RunAsync(InstallServers, arguments));
    }

    [Fact]
    public async Task Installed_services_are_disabled_because_they_listen_without_a_password()
    {
        AddProgram("apt-get", "exit 0");
        AddProgram("sudo", "exec \"$@\"");
        AddProgram("systemctl", "echo \"systemctl $*\" >&3");
        AddProgram("service", "echo \"service $*\" >&3");

        var (exitCode, output) = await RunAsync("bash", "-c", "exec 3>&1; \"$0\" --infrastructure local", InstallServers);

        Assert.Equal(0, exitCode);
        Assert.Contains("apt-get: redis-server", output, StringComparison.Ordinal);
        Assert.Matches("(systemctl disable --now redis-server|service redis-server stop)", output);
    }

    [Theory]
    [InlineData("chromium", "alertmanager")]
    [InlineData("chromium-browser", "prometheus-alertmanager")]
    [InlineData("google-chrome", "alertmanager")]
    public async Task What_the_tests_need_is_not_installed_where_it_is(string browser, string alertmanager)
    {
        AddPrograms(browser, alertmanager, "promtool", "npm");
        AddProgram("apt-get", "exit 1");

        Assert.Equal((0, ""), await InstallForTestsAsync());
    }

    [Fact]
    public async Task What_the_tests_need_is_installed_also_for_containers_and_services_are_disabled()
    {
        AddProgram("apt-get", "exit 0");
        AddProgram("sudo", "exec \"$@\"");
        AddPrograms("service", "systemctl");

        var (exitCode, output) = await InstallForTestsAsync();

        Assert.Equal(0, exitCode);
        Assert.Matches("apt-get: chromium(-browser)? prometheus-alertmanager prometheus npm\n", output);
        Assert.Contains("Disabling the services of the packages: prometheus-alertmanager prometheus", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_service_is_disabled_where_none_is_installed()
    {
        AddProgram("apt-get", "exit 0");
        AddProgram("sudo", "exec \"$@\"");
        AddPrograms("alertmanager", "promtool", "npm");

        var (exitCode, output) = await InstallForTestsAsync();

        Assert.Equal(0, exitCode);
        Assert.Matches("^Installing with (sudo )?apt-get: chromium(-browser)?$", output);
    }

    [Fact]
    public async Task Browser_that_cannot_be_installed_is_named_and_the_rest_is_not_needed()
    {
        var (exitCode, output) = await InstallForTestsAsync();

        Assert.Equal(1, exitCode);
        Assert.Matches("^Missing: chromium(-browser)?. Install them with your package manager.$", output);
    }

    private static string InstallServers =>
        Path.Combine(Repository.Root, "Shop.AppHost", "Infrastructure", "Local", "install-servers");

    private Task<(int ExitCode, string Output)> InstallForTestsAsync() =>
        RunAsync(InstallServers, "--infrastructure", "containers", "--tests");

    private void AddPrograms(params string[] names) => Array.ForEach(names, name => AddProgram(name, ""));

    private void AddProgram(string name, string script)
    {
        var program = Path.Combine(_programs.FullName, name);
        File.WriteAllText(program, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private async Task<(int ExitCode, string Output)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = _directory.FullName,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = _programs.FullName;
        start.Environment["PWD"] = _directory.FullName;
        start.Environment.Remove("ASPIRE_CONTAINER_RUNTIME");
        start.Environment.Remove("SHOP_TEST_CHROMIUM");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, $"{await output}{await error}".Trim());
    }
}
