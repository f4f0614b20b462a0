using System.Diagnostics;
using Shop.Bench.Running;

namespace Shop.Bench.Load;

/// <summary>The bare API in a process of its own, as each service has one.</summary>
internal sealed class BareProcess : IAsyncDisposable
{
    private readonly Process _process;

    private BareProcess(Process process, string address) => (_process, Client) = (process, new Replicas([address]));

    public Replicas Client { get; }

    public int Id => _process.Id;

    public static async Task<BareProcess> StartAsync(RunningShop shop, string settings = "")
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["bare-api"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment[BareApi.Connection] = await shop.ConnectionStringAsync("catalogdb") + settings;
        var process = Process.Start(start)!;
        return new(process, await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The bare API did not start."));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
