using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace Shop.Tests.Integration;

/// <summary>The whole application, started once: the real AppHost, servers, services and dashboard, on data of its own.</summary>
public class ShopApp : IAsyncLifetime
{
    private static readonly TimeSpan _startLimit = TimeSpan.FromMinutes(3);

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("shop-tests-");
    private DistributedApplication? _app;

    public DistributedApplication App => _app ?? throw new InvalidOperationException("The application has not started.");

    public HttpClient Catalog => field ??= App.CreateHttpClient("catalog", "http");

    public HttpClient Cart => field ??= App.CreateHttpClient("cart", "http");

    public HttpClient Orders => field ??= App.CreateHttpClient("orders", "http");

    public string DataDirectory => _data.FullName;

    /// <summary>How the services reach Redis, RabbitMQ or a database.</summary>
    public async Task<string> ConnectionStringAsync(string resource) => (await App.GetConnectionStringAsync(resource))!;

    public Telemetry Telemetry => field ??= Telemetry.Of(App);

    /// <summary>The SKU of a product with enough in stock for any test.</summary>
    public async Task<string> AnyProductAsync()
    {
        var page = await Catalog.GetFromJsonAsync<JsonElement>("/api/v1/products?limit=24");
        return page.GetProperty("items").EnumerateArray().First(x => x.GetProperty("available").GetInt32() > 10).GetProperty("sku").GetString()!;
    }

    /// <summary>Kills a service as the kernel does when memory runs out, and starts it again.</summary>
    public async Task CrashAsync(string service, Func<Task> meanwhile)
    {
        var notifications = App.ResourceNotifications;
        Assert.True(notifications.TryGetCurrentState(service, out var state));
        var pid = int.Parse(state.Snapshot.Properties.Single(x => x.Name == "executable.pid").Value!.ToString()!, CultureInfo.InvariantCulture);
        foreach (var id in ProcessTree.From(pid))
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
        }

        await notifications.WaitForResourceAsync(service, KnownResourceStates.TerminalStates);
        await meanwhile();
        var started = await App.ResourceCommands.ExecuteCommandAsync(state.ResourceId, KnownResourceCommands.StartCommand);
        Assert.True(started.Success, started.Message);
        await notifications.WaitForResourceAsync(service, KnownResourceStates.Running);
        await notifications.WaitForResourceHealthyAsync(service);
    }

    /// <summary>What is different for a service in these tests.</summary>
    protected virtual void Configure(IResourceBuilder<ProjectResource> service)
    {
    }

    public async Task InitializeAsync()
    {
        using var limit = new CancellationTokenSource(_startLimit);

        // As dotnet run does. In the tests' own directory lie the services' settings, and Aspire's resource service would take their Kestrel endpoints for its own.
        Directory.SetCurrentDirectory(Projects.Shop_AppHost.ProjectPath);

        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Shop_AppHost>(
            ["--data", _data.FullName],
            (options, _) => options.DisableDashboard = false, // it receives the telemetry that the tests read
            limit.Token);

        // All visitors of the tests come from one address.
        foreach (var service in builder.Resources.OfType<ProjectResource>())
        {
            var configured = builder.CreateResourceBuilder(service);
            foreach (var knob in (string[])["ClientPerSecond", "ClientBurst", "CartPerSecond", "CartBurst"])
            {
                configured.WithEnvironment($"Shop__RequestLimits__{knob}", "1000000");
            }

            Configure(configured);
        }

        _app = await builder.BuildAsync(limit.Token);
        await _app.StartAsync(limit.Token);
        foreach (var service in (string[])["catalog", "cart", "orders"])
        {
            await _app.ResourceNotifications.WaitForResourceHealthyAsync(service, limit.Token);
        }
    }

    public async Task DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        _data.Delete(recursive: true);
    }
}

/// <summary>Tests that share one running application.</summary>
[CollectionDefinition(Name)]
public sealed class WholeApplication : ICollectionFixture<ShopApp>
{
    public const string Name = "The whole application";
}
