using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Shop.Bench.Measurement;

namespace Shop.Bench.Application;

/// <summary>
/// The whole application as the AppHost starts it, without the dashboard and with a temporary data directory. DCP monitors this process
/// and stops everything when it ends, also after a crash.
/// </summary>
internal sealed class ShopApplication : IAsyncDisposable
{
    /// <summary>The names of the services.</summary>
    public static readonly string[] Services =
    [
        "catalog", "cart", "orders", "storefront", "identity",
        //#if (withInsights)
        "insights",
        //#endif
    ];

    /// <summary>The names of the servers.</summary>
    public static readonly string[] Servers = ["redis", "postgres", "rabbitmq"];

    private static readonly TimeSpan _startTimeout = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan _pollInterval = TimeSpan.FromMilliseconds(250);
    private static readonly string[] _requestLimits =
    [
        "Address__RequestsPerSecond", "Address__Burst", "Session__RequestsPerSecond", "Session__Burst",
        "RouteValues__cartId__RequestsPerSecond", "RouteValues__cartId__Burst",
    ];

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("shop-bench-");
    private readonly ConcurrentDictionary<string, ResourceEvent> _instances = new();
    private readonly string _secret = RandomNumberGenerator.GetHexString(48);
    private DistributedApplication? _app;

    private ShopApplication()
    {
    }

    public ReplicaClient Catalog { get; private set; } = new([]);

    public ReplicaClient Cart { get; private set; } = new([]);

    public ReplicaClient Orders { get; private set; } = new([]);

    /// <summary>The key with which a caller proves to be a service.</summary>
    public string ServiceKey => _secret;

    /// <summary>Names of the processes of the application and of the load generator by process id, without child processes.</summary>
    public IReadOnlyDictionary<int, string> Processes { get; private set; } = new Dictionary<int, string>();

    /// <summary>Starts the application and waits until every replica of every service is healthy.</summary>
    /// <param name="replicas">Number of replicas of each service.</param>
    /// <param name="environment">Environment variables of all services.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <param name="configure">Configures each service further, also the number of its replicas.</param>
    /// <param name="environmentName">The environment.</param>
    /// <param name="arguments">Further arguments of the AppHost.</param>
    public static async Task<ShopApplication> StartAsync(
        int replicas,
        IReadOnlyDictionary<string, string> environment,
        CancellationToken cancellationToken,
        Action<IResourceBuilder<ProjectResource>>? configure = null,
        string environmentName = "Production",
        params string[] arguments)
    {
        var shop = new ShopApplication();
        try
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(_startTimeout);
            await shop.StartCoreAsync(replicas, environment, configure, environmentName, arguments, timeout.Token);
            return shop;
        }
        catch
        {
            await shop.DisposeAsync();
            throw;
        }
    }

    public async Task<string> GetConnectionStringAsync(string resource) => (await _app!.GetConnectionStringAsync(resource))!;

    /// <summary>Returns the address of each replica of a service, without the proxy of DCP.</summary>
    public string[] GetAddresses(string service, string endpoint) =>
        [.. GetInstances(service).Select(instance => GetEnvironmentVariable(instance, $"Kestrel__Endpoints__{endpoint}__Url")!)];

    /// <summary>Returns the id of the process of a service with one replica, without its launcher.</summary>
    public int GetServiceProcess(string service)
    {
        // The AppHost starts dotnet run, and any of its threads may start the service.
        var launcher = Processes.Single(process => process.Value == service).Key;
        return Directory.GetDirectories($"/proc/{launcher}/task")
            .SelectMany(thread => File.ReadAllText($"{thread}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(id => int.Parse(id, CultureInfo.InvariantCulture)).Single();
    }

    /// <summary>Returns the value of a setting of the AppHost.</summary>
    public string GetSetting(string name) => _app!.Services.GetRequiredService<IConfiguration>()[name]!;

    /// <summary>Restarts a server or a service with one replica, and waits until it is healthy.</summary>
    public async Task RestartAsync(string server, CancellationToken cancellationToken)
    {
        await StopAsync(server, cancellationToken);
        await StartAsync(server, cancellationToken);
    }

    /// <summary>Stops a service with one replica, or a server.</summary>
    public async Task StopAsync(string resource, CancellationToken cancellationToken)
    {
        await RunCommandAsync(resource, KnownResourceCommands.StopCommand, cancellationToken);
        await _app!.ResourceNotifications.WaitForResourceAsync(resource, KnownResourceStates.TerminalStates, cancellationToken);
    }

    /// <summary>Kills the first start of a service with one replica, or of a server, as the kernel does when memory runs out.</summary>
    public async Task KillAsync(string resource, CancellationToken cancellationToken)
    {
        var id = GetProcessId(GetInstances(resource).Single());
        // A process with children is a launcher, dotnet run or a shell, that waits for the server and passes its exit code on.
        var children = File.ReadAllText($"/proc/{id}/task/{id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(child => int.Parse(child, CultureInfo.InvariantCulture));
        foreach (var target in children.DefaultIfEmpty(id))
        {
            using var process = Process.GetProcessById(target);
            process.Kill(entireProcessTree: true);
        }

        await _app!.ResourceNotifications.WaitForResourceAsync(resource, KnownResourceStates.TerminalStates, cancellationToken);
    }

    /// <summary>Starts a service with one replica or a server again, and waits until it is healthy.</summary>
    public async Task StartAsync(string resource, CancellationToken cancellationToken)
    {
        var started = DateTime.UtcNow;
        await RunCommandAsync(resource, KnownResourceCommands.StartCommand, cancellationToken);
        // The last reports of the process before may still say that it is healthy.
        await _app!.ResourceNotifications.WaitForResourceAsync(
            resource,
            e => e.Snapshot.HealthStatus is HealthStatus.Healthy && e.Snapshot.HealthReports.All(report => report.LastRunAt > started),
            cancellationToken);
    }

    private async Task RunCommandAsync(string resource, string command, CancellationToken cancellationToken)
    {
        var instance = GetInstances(resource).Single().ResourceId;
        var result = await _app!.ResourceCommands.ExecuteCommandAsync(instance, command, cancellationToken);
        if (!result.Success)
        {
            throw new InvalidOperationException($"The command {command} of {resource} failed: {result.Message}");
        }
    }

    /// <summary>Sends a signal, such as STOP, to all processes of the services and servers.</summary>
    public async Task SignalAsync(string signal, CancellationToken cancellationToken)
    {
        var names = Services.Concat(Servers).ToList();
        var processes = CpuUsage.GetTree(Processes.Where(process => names.Contains(process.Value)).Select(process => process.Key));
        using var kill = Process.Start("kill", ["-s", signal, .. processes.Select(id => id.ToString(CultureInfo.InvariantCulture))]);
        await kill.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Waits until every replica of every service is healthy.</summary>
    public async Task WaitForHealthAsync(CancellationToken cancellationToken)
    {
        // The AppHost reports a service as healthy as soon as one of its replicas is.
        using var http = new HttpClient();
        foreach (var address in Services.SelectMany(service => GetAddresses(service, "http")))
        {
            while (true)
            {
                try
                {
                    using var response = await http.GetAsync($"{address}/health", cancellationToken);
                    if (response.IsSuccessStatusCode)
                    {
                        break;
                    }
                }
                catch (HttpRequestException)
                {
                    // The replica does not listen yet.
                }

                await Task.Delay(_pollInterval, cancellationToken);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in (ReplicaClient[])[Catalog, Cart, Orders])
        {
            client.Dispose();
        }

        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        // The servers may still write while they stop.
        for (var attempt = 0; attempt < 20 && _data.Exists; attempt++)
        {
            try
            {
                _data.Delete(recursive: true);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                await Task.Delay(_pollInterval);
            }

            _data.Refresh();
        }
    }

    private async Task StartCoreAsync(
        int replicas,
        IReadOnlyDictionary<string, string> environment,
        Action<IResourceBuilder<ProjectResource>>? configure,
        string environmentName,
        string[] arguments,
        CancellationToken cancellationToken)
    {
        // The content root of the AppHost, as with dotnet run.
        Directory.SetCurrentDirectory(Projects.Shop_AppHost.ProjectPath);

        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Shop_AppHost>(
            [
                "--data", _data.FullName,
                "--infrastructure", "local", // the figures of containers would be others
                "--environment", environmentName,
                $"--Parameters:personal-data-key-1={_secret}",
                $"--Parameters:payment-webhook-key={_secret}",
                $"--Parameters:service-key={_secret}",
                .. arguments,
            ],
            cancellationToken);
        builder.Services.AddLogging(logging => logging.ClearProviders()); // The AppHost would repeat the logs of the services here.
        foreach (var service in builder.Resources.OfType<ProjectResource>())
        {
            var configured = builder.CreateResourceBuilder(service)
                .WithEnvironment("ASPNETCORE_ENVIRONMENT", environmentName)
                .WithEnvironment("LOGGING__CONSOLE__FORMATTERNAME", "json-lines")
                // Orders does not start in Production with the simulated provider otherwise.
                .WithEnvironment("Payment__Simulator__AllowInProduction", "true");
            // All requests come from one address.
            foreach (var limit in _requestLimits)
            {
                configured.WithEnvironment($"Shop__RequestLimits__{limit}", "1000000");
            }

            foreach (var (name, value) in environment)
            {
                configured.WithEnvironment(name, value);
            }

            configured.WithReplicas(replicas);
            configure?.Invoke(configured);

            // Several replicas of a service need a proxy in front of them. One replica does not.
            foreach (var endpoint in service.GetReplicaCount() == 1 ? service.Annotations.OfType<EndpointAnnotation>() : [])
            {
                (endpoint.IsProxied, endpoint.Port) = (false, null);
            }
        }

        _app = await builder.BuildAsync(cancellationToken);
        await _app.StartAsync(cancellationToken);
        foreach (var service in Services)
        {
            await _app.ResourceNotifications.WaitForResourceHealthyAsync(service, cancellationToken);
        }

        await FindInstancesAsync(
            builder.Resources.OfType<ProjectResource>().ToDictionary(service => service.Name, service => service.GetReplicaCount()),
            cancellationToken);

        Catalog = new(GetAddresses("catalog", "http"));
        Cart = new(GetAddresses("cart", "http"));
        Orders = new(GetAddresses("orders", "http"));
        Processes = Services.Concat(Servers)
            .SelectMany(name => GetInstances(name).Select(instance => (Id: GetProcessId(instance), Name: name)))
            .Concat(FindOrchestrators().Select(id => (Id: id, Name: "DCP")))
            .Append((Id: Environment.ProcessId, Name: "load"))
            .ToDictionary(process => process.Id, process => process.Name);
    }

    private async Task FindInstancesAsync(Dictionary<string, int> replicas, CancellationToken cancellationToken)
    {
        await foreach (var update in _app!.ResourceNotifications.WatchAsync(cancellationToken))
        {
            if (update.Snapshot.State?.Text == KnownResourceStates.Running && GetProcessId(update) != 0)
            {
                _instances[update.ResourceId] = update;
            }

            if (Services.All(name => GetInstances(name).Count() == replicas[name]) && Servers.All(name => GetInstances(name).Any()))
            {
                break;
            }
        }

        await WaitForHealthAsync(cancellationToken);
    }

    private IEnumerable<ResourceEvent> GetInstances(string resource) =>
        _instances.Values.Where(instance => instance.Resource.Name == resource)
            .OrderBy(instance => instance.ResourceId, StringComparer.Ordinal);

    private static int GetProcessId(ResourceEvent instance)
    {
        var property = instance.Snapshot.Properties.FirstOrDefault(property => property.Name == "executable.pid");
        return int.TryParse(property?.Value?.ToString(), CultureInfo.InvariantCulture, out var id) ? id : 0;
    }

    private static string? GetEnvironmentVariable(ResourceEvent instance, string name) =>
        instance.Snapshot.EnvironmentVariables.FirstOrDefault(variable => variable.Name == name)?.Value;

    // dcp start-apiserver --monitor <this process>; the proxy is its child process.
    private static IEnumerable<int> FindOrchestrators()
    {
        var monitorArgument = $"--monitor\0{Environment.ProcessId}\0";
        foreach (var directory in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var id))
            {
                continue;
            }

            var commandLine = "";
            try
            {
                commandLine = File.ReadAllText(Path.Combine(directory, "cmdline"));
            }
            catch (IOException)
            {
                // The process has ended.
            }

            if (commandLine.Contains("start-apiserver", StringComparison.Ordinal)
                && commandLine.Contains(monitorArgument, StringComparison.Ordinal))
            {
                yield return id;
            }
        }
    }
}
