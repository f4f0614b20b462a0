namespace Shop.Telemetry.Http;

/// <summary>
/// The paths of what the services of the application do for their telemetry. The requests are neither traced nor logged: each export of
/// telemetry would cause telemetry, which is exported.
/// </summary>
public static class TelemetryPaths
{
    /// <summary>Receives spans over HTTP. The OpenTelemetry protocol defines the path.</summary>
    public const string Traces = "/v1/traces";

    /// <summary>Receives spans over gRPC. The OpenTelemetry protocol defines the service and its method.</summary>
    public const string GrpcTraces = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

    /// <summary>Lists the critical routes that people have accepted.</summary>
    public const string AcceptedRoutes = "/v1/critical-routes";

    /// <summary>Determines whether a decoded path is one of them, regardless of case.</summary>
    public static bool Contains(string? path) => Is(path, Traces) || Is(path, GrpcTraces) || Is(path, AcceptedRoutes);

    private static bool Is(string? path, string known) =>
        path is not null && path.AsSpan().TrimEnd('/').Equals(known, StringComparison.OrdinalIgnoreCase);
}
