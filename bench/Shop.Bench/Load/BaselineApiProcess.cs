using Shop.Bench.Application;
using Shop.Bench.Measurement;

namespace Shop.Bench.Load;

/// <summary>The <see cref="BaselineApi"/> in a process of its own, as each service has one.</summary>
internal sealed class BaselineApiProcess(ChildProcess process) : IAsyncDisposable
{
    public ReplicaClient Client { get; } = new([process.Output]);

    public int Id => process.Id;

    public string Address => process.Output;

    /// <param name="shop">The application whose catalog database is read.</param>
    /// <param name="connectionSettings">Settings that are appended to the connection string.</param>
    public static async Task<BaselineApiProcess> StartAsync(ShopApplication shop, string connectionSettings = "") =>
        new(await ChildProcess.StartAsync("baseline-api", new KeyValuePair<string, string>(
            BaselineApi.ConnectionStringVariable, await shop.GetConnectionStringAsync("catalogdb") + connectionSettings)));

    public ValueTask DisposeAsync()
    {
        Client.Dispose();
        return process.DisposeAsync();
    }
}
