using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Component.AppHost;

/// <summary>A service that is started without the AppHost, as in a container of its own or as a system service.</summary>
public sealed class HostingTests
{
    [Theory]
    [InlineData("ASPNETCORE_URLS", "http://127.0.0.1:{0}")]
    [InlineData("ASPNETCORE_HTTP_PORTS", "{0}")]
    public async Task Service_listens_where_the_environment_says_and_nowhere_else(string variable, string format)
    {
        var port = GetFreePort();
        using var service = StartCart(new() { [variable] = string.Format(null, format, port) });

        Assert.Equal(HttpStatusCode.OK, await GetAsync($"http://127.0.0.1:{port}/alive", service));
        Assert.Equal([port], GetListeningPorts(service));
        service.Kill();
    }

    [Fact]
    public async Task Management_endpoint_is_added_to_the_endpoints_of_Kestrel()
    {
        var (http, management) = (GetFreePort(), GetFreePort());
        using var service = StartCart(new()
        {
            ["Kestrel__Endpoints__http__Url"] = $"http://127.0.0.1:{http}",
            ["Kestrel__Endpoints__management__Url"] = $"http://127.0.0.1:{management}",
        });

        Assert.Equal(HttpStatusCode.OK, await GetAsync($"http://127.0.0.1:{http}/alive", service));
        Assert.Equal(HttpStatusCode.OK, await GetAsync($"http://127.0.0.1:{management}/metrics", service));
        service.Kill();
    }

    [Theory]
    [InlineData("alive", 0)]
    [InlineData("health", 1)]
    [InlineData("nowhere", 1)]
    public async Task Program_of_a_service_that_is_started_as_a_probe_ends_with_the_health_of_the_service(string path, int exitCode)
    {
        var port = GetFreePort();
        using var service = StartCart(new() { ["ASPNETCORE_HTTP_PORTS"] = $"{port}" });
        await GetAsync($"http://127.0.0.1:{port}/alive", service);

        using var probe = StartCart([], "--health-probe", $"http://localhost:{port}/{path}");
        await probe.WaitForExitAsync();

        Assert.Equal(exitCode, probe.ExitCode);
        service.Kill();
    }

    // The servers that it needs are away, which a service tolerates.
    private static Process StartCart(Dictionary<string, string> environment, params string[] arguments)
    {
        var directory = Path.GetDirectoryName(new Projects.Shop_Cart().ProjectPath)!;
        var output = Path.GetRelativePath(Path.Combine(AppContext.BaseDirectory, "..", "..", ".."), AppContext.BaseDirectory);
        var start = new ProcessStartInfo(Environment.ProcessPath!, [Path.Combine(directory, output, "Shop.Cart.dll"), .. arguments])
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("ASPNETCORE_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        start.Environment["ConnectionStrings__redis"] = "127.0.0.1:1";
        start.Environment["ConnectionStrings__rabbitmq"] = "amqp://nobody:nothing@127.0.0.1:1";
        start.Environment["Shop__PersonalData__Keys__1"] = new string('k', 32);
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static async Task<HttpStatusCode?> GetAsync(string url, Process service)
    {
        using var client = new HttpClient();
        return await Eventually.ReadAsync(
            async () =>
            {
                Assert.False(service.HasExited);
                try
                {
                    using var response = await client.GetAsync(new Uri(url));
                    return response.StatusCode;
                }
                catch (HttpRequestException)
                {
                    return (HttpStatusCode?)null; // It has not started yet.
                }
            },
            status => status is not null);
    }

    private static int GetFreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // The ports of sockets in the state LISTEN (0A) that the process has opened.
    private static int[] GetListeningPorts(Process process)
    {
        var sockets = Directory.GetFiles($"/proc/{process.Id}/fd")
            .Select(file => new FileInfo(file).LinkTarget)
            .Where(target => target?.StartsWith("socket:[", StringComparison.Ordinal) == true)
            .Select(target => target!["socket:[".Length..^1])
            .ToHashSet();
        return
        [
            .. from file in (string[])["tcp", "tcp6"]
               from line in File.ReadLines($"/proc/{process.Id}/net/{file}").Skip(1)
               let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
               where fields[3] == "0A" && sockets.Contains(fields[9])
               select Convert.ToInt32(fields[1].Split(':')[1], 16),
        ];
    }
}
