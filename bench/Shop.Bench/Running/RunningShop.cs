using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Shop.Bench.Running;

/// <summary>The whole shop as the AppHost starts it, without the dashboard, on data of its own. When this process ends it ends too, however that comes.</summary>
internal sealed class RunningShop : IAsyncDisposable
{
    private static readonly TimeSpan _startLimit = TimeSpan.FromMinutes(3);
    private static readonly string[] _services = ["catalog", "cart", "orders"];
    private static readonly string[] _servers = ["redis", "postgres", "rabbitmq"];

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("shop-bench-");
    private readonly ConcurrentDictionary<string, ResourceEvent> _instances = new();
    private DistributedApplication? _app;

    private RunningShop()
    {
    }

    public Replicas Catalog { get; private set; } = new([]);

    public Replicas Cart { get; private set; } = new([]);

    public Replicas Orders { get; private set; } = new([]);

    /// <summary>Names of everything that works for the shop, by process id. Children count for their parents.</summary>
    public IReadOnlyDictionary<int, string> Processes { get; private set; } = new Dictionary<int, string>();

    /// <param name="replicas">Of each service.</param>
    /// <param name="environment">Settings of all services.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static async Task<RunningShop> StartAsync(int replicas, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var shop = new RunningShop();
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(_startLimit);
            await shop.StartCoreAsync(replicas, environment, limit.Token);
            return shop;
        }
        catch
        {
            await shop.DisposeAsync();
            throw;
        }
    }

    public async Task<string> ConnectionStringAsync(string resource) => (await _app!.GetConnectionStringAsync(resource))!;

    /// <summary>Where each replica of a service listens itself: no proxy stands before it.</summary>
    public string[] Addresses(string service, string endpoint) =>
        [.. Of(service).Select(instance => EnvironmentOf(instance, $"Kestrel__Endpoints__{endpoint}__Url")!)];

    public async ValueTask DisposeAsync()
    {
        foreach (var client in (Replicas[])[Catalog, Cart, Orders])
            client.Dispose();
        if (_app is not null)
            await _app.DisposeAsync();
        // What is being stopped may still be writing.
        for (var tries = 0; tries < 20 && _data.Exists; tries++)
        {
            try
            {
                _data.Delete(recursive: true);
            }
            catch (Exception inUse) when (inUse is IOException or UnauthorizedAccessException)
            {
                await Task.Delay(250);
            }

            _data.Refresh();
        }
    }

    private async Task StartCoreAsync(int replicas, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        // As dotnet run does.
        Directory.SetCurrentDirectory(Projects.Shop_AppHost.ProjectPath);

        var secret = RandomNumberGenerator.GetHexString(48);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Shop_AppHost>(
            ["--data", _data.FullName, "--environment", "Production", $"--Parameters:personal-data-key-1={secret}", $"--Parameters:payment-webhook-key={secret}"],
            cancellationToken);
        builder.Services.AddLogging(logging => logging.ClearProviders()); // else all that the services say would be said here too
        foreach (var service in builder.Resources.OfType<ProjectResource>())
        {
            var configured = builder.CreateResourceBuilder(service)
                .WithEnvironment("ASPNETCORE_ENVIRONMENT", "Production")
                .WithEnvironment("LOGGING__CONSOLE__FORMATTERNAME", "json-lines");
            // All load comes from one address.
            foreach (var knob in (string[])["ClientPerSecond", "ClientBurst", "CartPerSecond", "CartBurst"])
                configured.WithEnvironment($"Shop__RequestLimits__{knob}", "1000000");
            foreach (var (name, value) in environment)
                configured.WithEnvironment(name, value);

            // Several replicas can share an address only by a proxy; one can do without.
            if (replicas > 1)
                configured.WithReplicas(replicas);
            foreach (var endpoint in replicas == 1 ? service.Annotations.OfType<EndpointAnnotation>() : [])
                (endpoint.IsProxied, endpoint.Port) = (false, null);
        }

        _app = await builder.BuildAsync(cancellationToken);
        await _app.StartAsync(cancellationToken);
        foreach (var service in _services)
            await _app.ResourceNotifications.WaitForResourceHealthyAsync(service, cancellationToken);
        await FindInstancesAsync(replicas, cancellationToken);

        (Catalog, Cart, Orders) = (new(Addresses("catalog", "http")), new(Addresses("cart", "http")), new(Addresses("orders", "http")));
        Processes = _services.Concat(_servers).SelectMany(name => Of(name).Select(instance => (Id: ProcessOf(instance), name)))
            .Concat(Orchestrators().Select(id => (Id: id, name: "DCP")))
            .Append((Environment.ProcessId, "load"))
            .ToDictionary(process => process.Item1, process => process.Item2);
    }

    private async Task FindInstancesAsync(int replicas, CancellationToken cancellationToken)
    {
        await foreach (var update in _app!.ResourceNotifications.WatchAsync(cancellationToken))
        {
            if (update.Snapshot.State?.Text == KnownResourceStates.Running && ProcessOf(update) != 0)
                _instances[update.ResourceId] = update;
            if (_services.All(name => Of(name).Count() == replicas) && _servers.All(name => Of(name).Any()))
                break;
        }

        // The AppHost is content when one replica is healthy.
        using var http = new HttpClient();
        foreach (var address in _services.SelectMany(service => Addresses(service, "http")))
        {
            while (true)
            {
                try
                {
                    using var answer = await http.GetAsync($"{address}/health", cancellationToken);
                    if (answer.IsSuccessStatusCode)
                        break;
                }
                catch (HttpRequestException)
                {
                    // it does not listen yet
                }

                await Task.Delay(200, cancellationToken);
            }
        }
    }

    private IEnumerable<ResourceEvent> Of(string resource) =>
        _instances.Values.Where(instance => instance.Resource.Name == resource).OrderBy(instance => instance.ResourceId, StringComparer.Ordinal);

    private static int ProcessOf(ResourceEvent instance) =>
        int.TryParse(instance.Snapshot.Properties.FirstOrDefault(property => property.Name == "executable.pid")?.Value?.ToString(), CultureInfo.InvariantCulture, out var id) ? id : 0;

    private static string? EnvironmentOf(ResourceEvent instance, string name) =>
        instance.Snapshot.EnvironmentVariables.FirstOrDefault(variable => variable.Name == name)?.Value;

    // dcp start-apiserver --monitor <this process>; the proxy is its child.
    private static IEnumerable<int> Orchestrators()
    {
        var monitoring = $"--monitor\0{Environment.ProcessId}\0";
        foreach (var directory in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var id))
                continue;
            var line = "";
            try
            {
                line = File.ReadAllText(Path.Combine(directory, "cmdline"));
            }
            catch (IOException)
            {
                // it has ended meanwhile
            }

            if (line.Contains("start-apiserver", StringComparison.Ordinal) && line.Contains(monitoring, StringComparison.Ordinal))
                yield return id;
        }
    }
}
