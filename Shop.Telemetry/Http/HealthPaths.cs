using Microsoft.AspNetCore.Http;

namespace Shop.Telemetry.Http;

/// <summary>The paths of the health endpoints, which are excluded from traces and request logs.</summary>
public static class HealthPaths
{
    /// <summary>Readiness: whether the service can do its work, every required dependency included.</summary>
    public const string Ready = "/health";

    /// <summary>Liveness: whether the process responds. No dependency is checked, so a database that is down restarts no service.</summary>
    public const string Alive = "/alive";

    /// <summary>The result of each check of <see cref="Ready"/>, on the management endpoint.</summary>
    public const string Details = "/admin/health";

    /// <summary>Determines whether a path is one of the health endpoints, regardless of case.</summary>
    public static bool IsProbe(PathString path) => IsProbe(path.Value);

    /// <summary>Determines whether a decoded path is one of the health endpoints, regardless of case.</summary>
    /// <remarks>
    /// A conversion to <see cref="PathString"/> would decode the path again, and throw if that yields a null character.
    /// </remarks>
    public static bool IsProbe(string? path) => Is(path, Ready) || Is(path, Alive) || Is(path, Details);

    // Routing ignores a slash at the end.
    private static bool Is(string? path, string probe) =>
        path is not null && path.AsSpan().TrimEnd('/').Equals(probe, StringComparison.OrdinalIgnoreCase);
}
