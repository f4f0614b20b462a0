namespace Shop.Telemetry.Http;

/// <summary>
/// The path at which a service receives the spans of others. Its requests are neither traced nor logged: each export of telemetry would
/// cause telemetry, which is exported.
/// </summary>
public static class TelemetryPaths
{
    /// <summary>Receives spans. The OpenTelemetry protocol defines the path.</summary>
    public const string Traces = "/v1/traces";

    /// <summary>Determines whether a decoded path is that of the receiver, regardless of case.</summary>
    public static bool IsExport(string? path) =>
        path is not null && path.AsSpan().TrimEnd('/').Equals(Traces, StringComparison.OrdinalIgnoreCase);
}
