using System.Diagnostics;
using Shop.Bench.Application;

namespace Shop.Bench.Load;

/// <summary>The <see cref="BaselineApi"/> in a process of its own, as each service has one.</summary>
internal sealed class BaselineApiProcess : IAsyncDisposable
{
    private readonly Process _process;

    private BaselineApiProcess(Process process, string address)
    {
        _process = process;
        Address = address;
        Client = new ReplicaClient([address]);
    }

    public ReplicaClient Client { get; }

    public int Id => _process.Id;

    public string Address { get; }

    /// <param name="shop">The application whose catalog database is read.</param>
    /// <param name="connectionSettings">Settings that are appended to the connection string.</param>
    public static async Task<BaselineApiProcess> StartAsync(ShopApplication shop, string connectionSettings = "")
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["baseline-api"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment[BaselineApi.ConnectionStringVariable] = await shop.GetConnectionStringAsync("catalogdb") + connectionSettings;
        var process = Process.Start(start)!;
        var address = await process.StandardOutput.ReadLineAsync()
            ?? throw new InvalidOperationException("The baseline API did not start.");
        return new BaselineApiProcess(process, address);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
