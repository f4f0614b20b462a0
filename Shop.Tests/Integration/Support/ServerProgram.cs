using System.Net;
using System.Net.Sockets;

namespace Shop.Tests.Integration.Support;

/// <summary>Programs of Prometheus that tests start on loopback.</summary>
internal static class ServerProgram
{
    /// <summary>Returns the path of a program; null if it is not installed.</summary>
    public static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(directory => Path.Combine(directory, program))
        .FirstOrDefault(File.Exists);

    /// <summary>Returns an address of 127.0.0.1 with a free port.</summary>
    public static Uri GetFreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
    }

    /// <summary>Waits until a server answers that it is ready.</summary>
    public static async Task WaitUntilReadyAsync(Uri address)
    {
        using var client = new HttpClient();
        await Eventually.ReadAsync(
            async () =>
            {
                try
                {
                    return (await client.GetAsync(new Uri(address, "/-/ready"))).IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            ready => ready);
    }
}
