using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.Versioning;
using System.Text.Json;
using Microsoft.Extensions.Configuration.UserSecrets;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration;

[UnsupportedOSPlatform("windows")]
public sealed class AppHostTests : IAsyncLifetime
{
    // With a container runtime, the AppHost would choose containers.
    private static readonly string[] _local = ["--infrastructure", "local"];

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("shop-tests-");

    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>Deletes the data. The processes of an AppHost that was killed may write files until they notice it.</summary>
    public Task DisposeAsync() => Eventually.ReadAsync(() => Task.FromResult(TryDeleteData()), deleted => deleted);

    [LocalServersFact]
    public async Task AppHost_that_is_started_at_once_after_a_kill_loses_no_data_and_no_process_stays_behind()
    {
        // As root, PostgreSQL runs as a user of its own, who must be able to enter the directories above the data.
        File.SetUnixFileMode(_data.FullName, _data.UnixFileMode | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);

        // The path and the proxy are those of users whose machines did not start the application.
        var data = Path.Combine(_data.FullName, "jürgen new data");
        var proxy = new Dictionary<string, string> { ["http_proxy"] = "http://127.0.0.1:9", ["HTTPS_PROXY"] = "http://127.0.0.1:9" };

        using (var first = AppHostProcess.Start(data, proxy, _local))
        {
            using var cart = await first.CreateClientAsync("cart");
            using var catalog = await first.CreateClientAsync("catalog");
            var sku = await GetAnySkuAsync(catalog);
            using var response = await cart.PutAsJsonAsync($"/api/v1/carts/kept/lines/{sku}", new { quantity = 3 });
            response.EnsureSuccessStatusCode();

            first.Kill();
        }

        using var second = AppHostProcess.Start(data, proxy, _local);
        using var restartedCart = await second.CreateClientAsync("cart");
        Assert.Contains("\"quantity\":3", await restartedCart.GetStringAsync("/api/v1/carts/kept"), StringComparison.Ordinal);

        second.Stop();
        await second.WaitForExitAsync();
        Assert.Equal(0, second.ExitCode);
        await WaitForServersToExitAsync();
    }

    [LocalServersFact]
    public async Task Crashed_server_is_reported_with_its_exit_code_its_last_lines_and_the_resources_that_wait_for_it()
    {
        var files = Directory.CreateDirectory(Path.Combine(CreateDataDirectory(), "redis", "appendonlydir"));
        await File.WriteAllTextAsync(Path.Combine(files.FullName, "appendonly.aof.manifest"), "not a manifest\n");

        using var appHost = AppHostProcess.Start(_data.FullName, null, _local);
        var output = await Eventually.ReadAsync(
            () => Task.FromResult(appHost.Output),
            text => text.Contains("FATAL AOF MANIFEST FILE ERROR", StringComparison.Ordinal));

        Assert.Contains("redis stopped with exit code 1.", output, StringComparison.Ordinal);
        Assert.Contains("  cart is waiting for redis.", output, StringComparison.Ordinal);

        appHost.Stop();
        await appHost.WaitForExitAsync();
        await WaitForServersToExitAsync();
    }

    [Fact]
    public async Task Data_directory_with_other_files_is_rejected_and_left_unchanged()
    {
        var otherFile = Path.Combine(_data.FullName, "thesis.txt");
        await File.WriteAllTextAsync(otherFile, "Chapter 1");

        await AssertRejectedAsync($"{_data.FullName} contains files that do not belong to Shop.", arguments: _local);
        Assert.Equal([otherFile], Directory.GetFileSystemEntries(_data.FullName));
    }

    [LocalServersFact]
    public async Task Data_of_another_Postgres_version_is_rejected()
    {
        var files = Directory.CreateDirectory(Path.Combine(CreateDataDirectory(), "postgres", "data"));
        await File.WriteAllTextAsync(Path.Combine(files.FullName, "PG_VERSION"), "9\n");

        await AssertRejectedAsync("was written by PostgreSQL 9, but PostgreSQL", arguments: _local);
    }

    [Fact]
    public async Task Missing_server_is_reported_with_the_command_that_installs_it()
    {
        var emptyDirectory = Directory.CreateDirectory(Path.Combine(CreateDataDirectory(), "path")).FullName;

        await AssertRejectedAsync(
            "redis-server is not installed", new() { ["PATH"] = emptyDirectory }, "apt-get install redis-server", _local);
    }

    [Fact]
    public async Task Old_server_is_reported_with_the_version_that_is_needed()
    {
        var path = CreateProgram("redis-server", "echo 'Redis server v=6.0.16 sha=00000000:0'");

        await AssertRejectedAsync("is too old: Shop needs Redis 7.0 or later.", new() { ["PATH"] = path }, arguments: _local);
    }

    [Fact]
    public async Task AppHost_does_not_wait_for_a_container_runtime_that_does_not_respond()
    {
        var path = CreateProgram("docker", "exec /bin/sleep 600");

        await AssertRejectedAsync("redis-server is not installed", new() { ["PATH"] = path });
    }

    [Fact]
    public async Task Environment_variables_that_are_named_as_an_option_change_nothing()
    {
        var path = CreateProgram("docker", "exit 1");

        await AssertRejectedAsync("redis-server is not installed", new() { ["PATH"] = path, ["INFRASTRUCTURE"] = "cloud" });
    }

    [Fact]
    public async Task Data_option_is_relative_to_the_directory_of_the_caller_and_must_not_be_a_file()
    {
        await File.WriteAllTextAsync(Path.Combine(_data.FullName, "thesis.txt"), "Chapter 1");

        await AssertRejectedAsync(
            $"Cannot use {Path.Combine(_data.FullName, "thesis.txt")} for the data: ", new() { ["PWD"] = _data.FullName },
            arguments: [.. _local, "--data", "thesis.txt"]);
    }

    [LocalServersFact]
    public async Task Directory_that_the_user_of_Postgres_cannot_enter_is_rejected()
    {
        // Only as root does PostgreSQL run as another user. For others, the directory cannot be written to.
        var mode = Environment.IsPrivilegedProcess ? UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute : default;
        var closed = _data.CreateSubdirectory("closed");
        File.SetUnixFileMode(closed.FullName, mode);
        var data = Path.Combine(closed.FullName, "data");

        await AssertRejectedAsync(
            Environment.IsPrivilegedProcess
                ? $"PostgreSQL, which runs as the user postgres, cannot enter {data}."
                : $"Cannot use {data} for the data: ",
            arguments: [.. _local, "--data", data]);
    }

    [Fact]
    public async Task Data_option_without_a_value_is_rejected() =>
        await AssertRejectedAsync("--data has no value.", arguments: [.. _local, "--data"]);

    [Theory]
    [InlineData("--with-visitors is 'many'; it must be a number of visits per minute from 1 to 300.", "--with-visitors", "many")]
    [InlineData("--with-visitors is '301'; it must be a number of visits per minute from 1 to 300.", "--with-visitors", "301")]
    [InlineData("--with-visitors has no value.", "--with-visitors")]
    public Task Number_of_visitors_that_is_none_is_rejected(string reason, params string[] arguments) =>
        AssertRejectedAsync(reason, arguments: [.. _local, .. arguments]);

    //#if (storefront)
    [Theory]
    [InlineData("--canary is 'cart'; it must be SERVICE=PATH", "--canary", "cart")]
    [InlineData("The services are catalog, cart, orders.", "--canary", "storefront=.")]
    [InlineData("but Shop.Cart.csproj is not in /nowhere.", "--canary", "cart=/nowhere")]
    [InlineData("--canary is 'cart=A=1,B'; it must be", "--canary", "cart=A=1,B")]
    [InlineData("--canary has no value.", "--canary")]
    public Task Canary_that_is_none_is_rejected(string reason, params string[] arguments) =>
        AssertRejectedAsync(reason, arguments: [.. _local, .. arguments]);

    [Fact]
    public Task Collector_without_a_container_runtime_is_rejected() => AssertRejectedAsync(
        "--collector needs Docker or Podman: the collector is a container.",
        new() { ["ASPIRE_CONTAINER_RUNTIME"] = "no-such-runtime" },
        arguments: [.. _local, "--collector"]);

    //#endif
    [Theory]
    [InlineData("127.0.0.1", "localhost")]
    [InlineData("127.0.0.1", "*")]
    [InlineData("::1", "localhost")]
    public async Task Port_in_use_is_reported_with_the_resource_that_needs_it(string address, string dashboard)
    {
        var listening = Socket.OSSupportsIPv6 ? IPAddress.Parse(address) : IPAddress.Loopback;
        using var listener = new TcpListener(listening, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        await AssertRejectedAsync(
            $"Port {port}, which the dashboard needs, is in use by another program.",
            new() { ["ASPNETCORE_URLS"] = $"http://{dashboard}:{port}" },
            arguments: [.. _local, "--DcpPublisher:RandomizePorts=false"]);
    }

    [Fact]
    public Task Address_that_is_none_is_rejected() => AssertRejectedAsync(
        "ASPNETCORE_URLS contains 'localhost'; an address of the dashboard is http://HOST:PORT.",
        new() { ["ASPNETCORE_URLS"] = "localhost" },
        arguments: [.. _local, "--DcpPublisher:RandomizePorts=false"]);

    [Fact]
    public async Task Generated_secrets_are_not_replaced_outside_of_Development()
    {
        const string Saved = """{ "Parameters:personal-data-key-1": "saved", "Parameters:redis-password": "saved" }""";
        var home = _data.CreateSubdirectory("home");
        var secrets = Path.Combine(home.CreateSubdirectory($".microsoft/usersecrets/{GetUserSecretsId()}").FullName, "secrets.json");
        await File.WriteAllTextAsync(secrets, Saved);

        using var appHost = AppHostProcess.Start(
            Path.Combine(_data.FullName, "data"),
            new Dictionary<string, string>
            {
                ["HOME"] = home.FullName,
                ["ASPNETCORE_ENVIRONMENT"] = "Production",
                ["DOTNET_ENVIRONMENT"] = "Production",
                ["PATH"] = $"{CreateProgram("docker", "exit 1")}:{Environment.GetEnvironmentVariable("PATH")}",
                ["ASPIRE_CONTAINER_RUNTIME"] = "docker",
            },
            "--infrastructure", "containers");

        // Aspire saves the parameters that it has generated together.
        var saved = await Eventually.ReadAsync(
            () => File.ReadAllTextAsync(secrets), text => text.Contains("payment-webhook-key", StringComparison.Ordinal));

        Assert.Equal("saved", Parameter(saved, "personal-data-key-1"));
        Assert.Equal("saved", Parameter(saved, "redis-password"));

        static string? Parameter(string json, string name) =>
            JsonDocument.Parse(json).RootElement.GetProperty($"Parameters:{name}").GetString();
    }

    [Fact]
    public Task Unknown_infrastructure_is_rejected_with_the_valid_values() =>
        AssertRejectedAsync("--infrastructure is 'cloud'; it can be 'containers' or 'local'.", arguments: ["--infrastructure", "cloud"]);

    // The AppHost prints one line without a stack trace, exits with code 1, and starts no server.
    private async Task AssertRejectedAsync(
        string reason, Dictionary<string, string>? environment = null, string? hint = null, params string[] arguments)
    {
        using var appHost = AppHostProcess.Start(_data.FullName, environment, arguments);
        await appHost.WaitForExitAsync();

        Assert.Equal(1, appHost.ExitCode);
        var line = Assert.Single(appHost.Output.Split('\n'), x => x.Contains(reason, StringComparison.Ordinal));
        Assert.Contains(hint ?? reason, line, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", appHost.Output, StringComparison.Ordinal);
        Assert.Empty(GetServerProcesses());
    }

    private string CreateDataDirectory()
    {
        File.WriteAllText(Path.Combine(_data.FullName, "shop-data.txt"), "");
        return _data.FullName;
    }

    // Creates a directory with one program, for the PATH.
    private string CreateProgram(string name, string script)
    {
        var directory = Directory.CreateDirectory(Path.Combine(CreateDataDirectory(), "path")).FullName;
        var program = Path.Combine(directory, name);
        File.WriteAllText(program, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return directory;
    }

    private static string GetUserSecretsId() =>
        typeof(AppHost.Infrastructure.BackingServices).Assembly.GetCustomAttribute<UserSecretsIdAttribute>()!.UserSecretsId;

    private static async Task<string> GetAnySkuAsync(HttpClient catalog)
    {
        var page = await catalog.GetFromJsonAsync<JsonElement>("/api/v1/products?limit=1");
        return page.GetProperty("items")[0].GetProperty("sku").GetString()!;
    }

    private async Task WaitForServersToExitAsync() =>
        await Eventually.ReadAsync(() => Task.FromResult(GetServerProcesses()), processes => processes.Count == 0);

    // The command line or the environment of every server contains the path of the data directory.
    private List<string> GetServerProcesses() =>
    [
        .. from process in Directory.GetDirectories("/proc")
           where int.TryParse(Path.GetFileName(process), out _)
           let commandLine = Read(process, "cmdline")
           where commandLine.Contains(_data.FullName, StringComparison.Ordinal)
               || Read(process, "environ").Contains(_data.FullName, StringComparison.Ordinal)
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
            return ""; // The process has exited or belongs to another user.
        }
    }

    private bool TryDeleteData()
    {
        try
        {
            _data.Delete(recursive: true);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
