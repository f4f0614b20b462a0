using System.Text.Json;
using System.Text.Json.Serialization;

namespace Aspire.Hosting.Dcp;

/// <summary>The envelope of everything in DCP's API, which has the manners of Kubernetes.</summary>
internal abstract record DcpObject<TSpec, TStatus>
{
    public string ApiVersion { get; init; } = DcpJson.ApiVersion;

    public abstract string Kind { get; }

    public required DcpMetadata Metadata { get; init; }

    public required TSpec Spec { get; init; }

    public TStatus? Status { get; init; }
}

internal sealed record DcpService : DcpObject<ServiceSpec, ServiceStatus>
{
    public override string Kind => "Service";
}

internal sealed record DcpExecutable : DcpObject<ExecutableSpec, ExecutableStatus>
{
    public override string Kind => "Executable";
}

internal sealed record DcpEndpoint : DcpObject<EndpointSpec, object>
{
    public override string Kind => "Endpoint";
}

internal sealed record DcpMetadata
{
    public required string Name { get; init; }

    public string? Uid { get; init; }

    public DateTime? CreationTimestamp { get; init; }

    public Dictionary<string, string> Annotations { get; init; } = [];

    public IReadOnlyList<DcpOwner>? OwnerReferences { get; init; }
}

internal sealed record DcpOwner(string Name);

/// <summary>A stable address, in front of which DCP listens and shares the connections among the endpoints.</summary>
internal sealed record ServiceSpec
{
    public string Protocol { get; init; } = "TCP";

    public string? Address { get; init; }

    public int? Port { get; init; }

    public string? AddressAllocationMode { get; init; }
}

internal sealed record ServiceStatus(string? EffectiveAddress, int? EffectivePort);

/// <summary>One process behind a service; DCP makes and deletes these.</summary>
internal sealed record EndpointSpec(string ServiceName);

internal sealed record ExecutableSpec
{
    public required string ExecutablePath { get; init; }

    public string? WorkingDirectory { get; init; }

    public IReadOnlyList<string> Args { get; init; } = [];

    public IReadOnlyList<EnvironmentVariable> Env { get; init; } = [];

    public string ExecutionType { get; init; } = "Process";
}

internal sealed record EnvironmentVariable(string Name, string? Value);

internal sealed record ExecutableStatus
{
    public string? State { get; init; }

    public int? Pid { get; init; }

    public int? ExitCode { get; init; }

    public DateTime? StartupTimestamp { get; init; }

    public DateTime? FinishTimestamp { get; init; }

    public IReadOnlyList<string>? EffectiveArgs { get; init; }

    public IReadOnlyList<EnvironmentVariable>? EffectiveEnv { get; init; }

    [JsonIgnore]
    public bool HasEnded => State is "Finished" or "FailedToStart" or "Terminated" or "Unknown";
}

/// <summary>Which services a process stands behind, and on which port if the program chooses it itself.</summary>
internal sealed record ServiceProducer(string ServiceName, string Address, int? Port);

internal sealed record WatchEvent<T>(string Type, T Object);

internal static class DcpJson
{
    public const string ApiVersion = "usvc-dev.developer.microsoft.com/v1";

    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };
}
