using System.Text.Json.Nodes;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Dcp;

/// <summary>Makes the objects in DCP that the model asks for: a service for each endpoint, an executable for each process.</summary>
internal sealed class DcpExecutor(
    DcpHost host, DcpOptions options, DistributedApplicationModel model)
{
    // With a free port this takes a tenth of a second; a taken one is never reported, DCP just goes on trying.
    private static readonly TimeSpan _addressTimeout = TimeSpan.FromSeconds(15);

    private readonly List<ServiceOfEndpoint> _services = [];

    public IReadOnlyList<ExecutableInstance> Instances { get; private set; } = [];

    /// <summary>Decides on names and ports, and refuses what cannot work.</summary>
    public void Prepare()
    {
        foreach (var resource in model.Resources)
        {
            foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
            {
                Validate(resource, endpoint);
                if (!endpoint.IsProxied)
                {
                    endpoint.TargetPort ??= PortFinder.Find();
                    endpoint.Port = endpoint.TargetPort;
                }

                _services.Add(new(resource, endpoint, DcpNames.Service(resource, endpoint)));
            }
        }

        Instances =
        [
            .. from resource in model.Resources
               where resource.HasAnnotationOfType<DcpInstancesAnnotation>()
               let producers = _services.Where(s => s.Resource == resource)
                   .Select(s => new ServiceProducer(s.Name, s.Endpoint.TargetHost, s.Endpoint.TargetPort)).ToList()
               from instance in resource.Annotations.OfType<DcpInstancesAnnotation>().Last().Instances
               select new ExecutableInstance(resource, instance, producers),
        ];
    }

    public ExecutableInstance Find(string instanceName) => Instances.FirstOrDefault(i => i.Name == instanceName)
        ?? throw new InvalidOperationException($"Resource '{instanceName}' not found.");

    /// <summary>Creates the services, and waits until DCP has given each an address; from then on all URLs are known and final.</summary>
    public async Task AllocateEndpointsAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(_services.Select(s => host.Client.CreateAsync(DcpKinds.Services, ToDcp(s), cancellationToken)));

        var waiting = _services.Where(s => s.Endpoint.IsProxied).ToDictionary(s => s.Name);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(_addressTimeout);
        try
        {
            await foreach (var change in host.Client.WatchAsync<DcpService>(DcpKinds.Services, timeout.Token))
            {
                if (change.Object.Status?.EffectivePort is > 0 and var port && waiting.Remove(change.Object.Metadata.Name, out var service))
                {
                    service.Allocate(port);
                }

                if (waiting.Count == 0)
                {
                    break;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DistributedApplicationException(string.Join(' ', waiting.Values.Select(s =>
                $"Endpoint '{s.Endpoint.Name}' of resource '{s.Resource.Name}' could not get {(s.Endpoint.Port is { } p ? $"port {p}; another program may be using it" : "a port")}.")));
        }

        foreach (var service in _services.Where(s => !s.Endpoint.IsProxied))
        {
            service.Allocate(service.Endpoint.Port!.Value);
        }
    }

    public Task CreateAsync(ExecutableInstance instance, RenderedExecutable rendered, CancellationToken cancellationToken)
    {
        instance.Rendered = rendered;

        return host.Client.CreateAsync(DcpKinds.Executables, instance.ToDcp(rendered), cancellationToken);
    }

    /// <summary>SIGTERM, and six seconds later SIGKILL; returns when the process has ended.</summary>
    public async Task StopAsync(ExecutableInstance instance, CancellationToken cancellationToken)
    {
        var stop = new JsonObject { ["spec"] = new JsonObject { ["stop"] = true } };
        await host.Client.PatchAsync(DcpKinds.Executables, instance.Name, stop, cancellationToken);
        await PollAsync(
            async () => await host.Client.GetAsync<DcpExecutable>(DcpKinds.Executables, instance.Name, cancellationToken) is not { Status.HasEnded: false },
            $"Failed to stop resource '{instance.Name}'.",
            cancellationToken);
    }

    /// <summary>A stopped executable cannot be started again: it has to go before its successor comes.</summary>
    public async Task DeleteAsync(ExecutableInstance instance, CancellationToken cancellationToken)
    {
        if (await host.Client.DeleteAsync(DcpKinds.Executables, instance.Name, cancellationToken))
        {
            await PollAsync(
                async () => await host.Client.GetAsync<DcpExecutable>(DcpKinds.Executables, instance.Name, cancellationToken) is null,
                $"Failed to delete '{instance.Name}' successfully before restart.",
                cancellationToken);
        }
    }

    private static async Task PollAsync(Func<Task<bool>> isDone, string otherwise, CancellationToken cancellationToken)
    {
        // A tree of processes that ignores SIGTERM takes DCP 14 seconds.
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(TimeSpan.FromSeconds(30));
        try
        {
            for (var delay = 25; !await isDone(); delay = Math.Min(delay * 2, 500))
            {
                await Task.Delay(delay, timeout.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DistributedApplicationException(otherwise);
        }
    }

    private static void Validate(IResource resource, EndpointAnnotation endpoint)
    {
        var what = $"The endpoint '{endpoint.Name}' for resource '{resource.Name}'";
        var hasReplicas = resource.GetReplicaCount() > 1;

        if (!endpoint.IsProxied && endpoint.Port != endpoint.TargetPort)
        {
            throw new InvalidOperationException($"{what} is not using a proxy, and it has a value of Port property that is different from the value of TargetPort property. For proxy-less endpoints they must match.");
        }

        if (!endpoint.IsProxied && hasReplicas)
        {
            throw new InvalidOperationException($"Resource '{resource.Name}' uses multiple replicas and a proxy-less endpoint '{endpoint.Name}'. These features do not work together.");
        }

        if (endpoint.IsProxied && endpoint.Port is not null && endpoint.Port == endpoint.TargetPort)
        {
            throw new InvalidOperationException($"{what} requested a proxy (IsProxied is true). Non-container resources cannot be proxied when both TargetPort and Port are specified with the same value.");
        }

        if (endpoint.IsProxied && endpoint.TargetPort is not null && hasReplicas)
        {
            throw new InvalidOperationException($"Resource '{resource.Name}' can have multiple replicas, and it uses endpoint '{endpoint.Name}' that has TargetPort property set. Each replica must have a unique port; setting TargetPort is not allowed.");
        }
    }

    private DcpService ToDcp(ServiceOfEndpoint service) => new()
    {
        Metadata = new()
        {
            Name = service.Name,
            Annotations = { ["resource-name"] = service.Resource.Name, ["endpoint-name"] = service.Endpoint.Name },
        },
        Spec = new()
        {
            Address = service.Endpoint.TargetHost,
            // In tests, several AppHosts with the same fixed ports run side by side.
            Port = service.Endpoint.IsProxied && options.RandomizePorts ? null : service.Endpoint.Port is > 0 and var port ? port : null,
            AddressAllocationMode = service.Endpoint.IsProxied ? null : "Proxyless",
        },
    };

    private sealed record ServiceOfEndpoint(IResource Resource, EndpointAnnotation Endpoint, string Name)
    {
        public void Allocate(int port) => Endpoint.AllocatedEndpoint = new(
            Endpoint,
            Endpoint.TargetHost is "*" or "+" or "0.0.0.0" or "[::]" ? "localhost" : Endpoint.TargetHost,
            port,
            $$$"""{{- portForServing "{{{Name}}}" -}}""");
    }
}
