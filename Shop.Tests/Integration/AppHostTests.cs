using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration;

public sealed class AppHostTests : IDisposable
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("shop-tests-");

    public void Dispose() => _data.Delete(recursive: true);

    [Fact]
    public async Task A_killed_AppHost_leaves_no_process_behind_and_loses_no_data()
    {
        using (var first = AppHostProcess.Start(_data.FullName))
        {
            using var cart = await first.WhenReadyAsync("cart");
            using var catalog = await first.WhenReadyAsync("catalog");
            using var kept = await cart.PutAsJsonAsync($"/api/v1/carts/kept/lines/{await AnySkuAsync(catalog)}", new { quantity = 3 });
            kept.EnsureSuccessStatusCode();

            first.Kill();
            await Eventually.ReadAsync(() => Task.FromResult(ProcessesNaming(_data.FullName)), left => left.Count == 0);
        }

        using var second = AppHostProcess.Start(_data.FullName);
        using var again = await second.WhenReadyAsync("cart");
        Assert.Contains("\"quantity\":3", await again.GetStringAsync("/api/v1/carts/kept"), StringComparison.Ordinal);

        second.Stop();
        await second.WhenExitedAsync();
        Assert.Equal(0, second.ExitCode);
        await Eventually.ReadAsync(() => Task.FromResult(ProcessesNaming(_data.FullName)), left => left.Count == 0);
    }

    [Fact]
    public async Task A_server_that_crashes_is_told_with_its_exit_code_its_last_lines_and_who_waits_for_it()
    {
        var files = Directory.CreateDirectory(Path.Combine(OwnDirectory(), "redis", "appendonlydir"));
        await File.WriteAllTextAsync(Path.Combine(files.FullName, "appendonly.aof.manifest"), "not a manifest\n");

        using var shop = AppHostProcess.Start(_data.FullName);
        var output = await Eventually.ReadAsync(() => Task.FromResult(shop.Output), x => x.Contains("FATAL AOF MANIFEST FILE ERROR", StringComparison.Ordinal));

        Assert.Contains("redis stopped with exit code 1.", output, StringComparison.Ordinal);
        Assert.Contains("  cart waits for it.", output, StringComparison.Ordinal);

        shop.Stop();
        await shop.WhenExitedAsync();
        await Eventually.ReadAsync(() => Task.FromResult(ProcessesNaming(_data.FullName)), left => left.Count == 0);
    }

    [Fact]
    public async Task A_directory_with_somebody_elses_files_is_refused_and_left_alone()
    {
        var theirs = Path.Combine(_data.FullName, "thesis.txt");
        await File.WriteAllTextAsync(theirs, "Chapter 1");

        await AssertRefusedAsync($"{_data.FullName} holds files that are not Shop's.");
        Assert.Equal([theirs], Directory.GetFileSystemEntries(_data.FullName));
    }

    [Fact]
    public async Task Data_of_another_Postgres_version_is_refused()
    {
        var files = Directory.CreateDirectory(Path.Combine(OwnDirectory(), "postgres", "data"));
        await File.WriteAllTextAsync(Path.Combine(files.FullName, "PG_VERSION"), "9\n");

        await AssertRefusedAsync("was written by PostgreSQL 9, and installed is");
    }

    [Fact]
    public async Task A_missing_server_program_is_named_with_the_command_that_installs_it()
    {
        // A PATH with what the AppHost itself needs, and nothing else.
        var path = Directory.CreateDirectory(Path.Combine(OwnDirectory(), "path")).FullName;

        await AssertRefusedAsync("redis-server is not installed", new() { ["PATH"] = path }, "apt-get install redis-server");
    }

    [Fact]
    public async Task A_port_in_use_is_named_with_the_resource_that_needs_it()
    {
        using var stranger = new TcpListener(IPAddress.Loopback, 0);
        stranger.Start();
        var port = ((IPEndPoint)stranger.LocalEndpoint).Port;

        await AssertRefusedAsync(
            $"Port {port}, which the dashboard needs, is in use by another program.",
            new() { ["ASPNETCORE_URLS"] = $"http://localhost:{port}" },
            arguments: "--DcpPublisher:RandomizePorts=false");
    }

    [Fact]
    public Task An_unknown_infrastructure_is_refused_with_the_ones_there_are() =>
        AssertRefusedAsync("--infrastructure is 'cloud'; it can be 'containers' or 'local'.", arguments: ["--infrastructure", "cloud"]);

    // One line, a non-zero exit, nothing started.
    private async Task AssertRefusedAsync(string reason, Dictionary<string, string>? environment = null, string? also = null, params string[] arguments)
    {
        using var refused = AppHostProcess.Start(_data.FullName, environment, arguments);
        await refused.WhenExitedAsync();

        Assert.Equal(1, refused.ExitCode);
        var line = Assert.Single(refused.Output.Split('\n'), x => x.Contains(reason, StringComparison.Ordinal));
        Assert.Contains(also ?? reason, line, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", refused.Output, StringComparison.Ordinal);
        Assert.Empty(ProcessesNaming(_data.FullName));
    }

    private string OwnDirectory()
    {
        File.WriteAllText(Path.Combine(_data.FullName, "shop-data.txt"), "");
        return _data.FullName;
    }

    private static async Task<string> AnySkuAsync(HttpClient catalog) =>
        (await catalog.GetFromJsonAsync<System.Text.Json.JsonElement>("/api/v1/products?limit=1")).GetProperty("items")[0].GetProperty("sku").GetString()!;

    // Every server is told its data directory on its command line or in its environment.
    private static List<string> ProcessesNaming(string directory) =>
    [
        .. from process in Directory.GetDirectories("/proc")
           where int.TryParse(Path.GetFileName(process), out _)
           let commandLine = Read(process, "cmdline")
           where commandLine.Contains(directory, StringComparison.Ordinal) || Read(process, "environ").Contains(directory, StringComparison.Ordinal)
           select commandLine,
    ];

    private static string Read(string process, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // it has ended, or is somebody else's
        }
    }
}
