namespace Shop.Telemetry.Http;

/// <summary>
/// The paths at which a service receives the spans of others. Their requests are neither traced nor logged: each export of telemetry would
/// cause telemetry, which is exported.
/// </summary>
public static class TelemetryPaths
{
    /// <summary>Receives spans over HTTP. The OpenTelemetry protocol defines the path.</summary>
    public const string Traces = "/v1/traces";

    /// <summary>Receives spans over gRPC. The OpenTelemetry protocol defines the service and its method.</summary>
    public const string GrpcTraces = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

    /// <summary>Determines whether a decoded path is that of a receiver, regardless of case.</summary>
    public static bool IsExport(string? path) => Is(path, Traces) || Is(path, GrpcTraces);

    private static bool Is(string? path, string receiver) =>
        path is not null && path.AsSpan().TrimEnd('/').Equals(receiver, StringComparison.OrdinalIgnoreCase);
}
