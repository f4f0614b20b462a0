using System.Text.Json;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Dcp;

/// <summary>One executable of a resource: the resource itself, or one of its replicas.</summary>
internal sealed class ExecutableInstance(IResource resource, DcpInstance instance, IReadOnlyList<ServiceProducer> services)
{
    public IResource Resource { get; } = resource;

    public string Name => instance.Name;

    /// <summary>Starting, stopping and restarting take turns.</summary>
    public SemaphoreSlim Turn { get; } = new(1, 1);

    /// <summary>Done after the first attempt to start; commands come after it.</summary>
    public TaskCompletionSource FirstAttempt { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What it was started with last.</summary>
    public RenderedExecutable? Rendered { get; set; }

    public IReadOnlyList<string> ServiceNames { get; } = [.. services.Select(s => s.ServiceName)];

    public DcpExecutable ToDcp(RenderedExecutable rendered) => new()
    {
        Metadata = new()
        {
            Name = Name,
            Annotations =
            {
                // DCP reads the first; the templates in OTEL_* read the next two. The instance id is the bare suffix: with the service
                // name in front it is this object's name, and so the dashboard finds the replica that a span came from.
                ["service-producer"] = JsonSerializer.Serialize(services, DcpJson.Options),
                ["otel-service-name"] = Resource.Name,
                ["otel-service-instance-id"] = instance.Suffix,
                ["resource-name"] = Resource.Name,
            },
        },
        Spec = rendered.Spec,
    };
}

/// <summary>A specification with all values filled in, and the arguments as the dashboard should show them.</summary>
internal sealed record RenderedExecutable(ExecutableSpec Spec, IReadOnlyList<(string Value, bool IsSecret)> DisplayArgs);
