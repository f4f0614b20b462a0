using Microsoft.AspNetCore.Http;

namespace Shop.Telemetry.Http;

public static class HealthPaths
{
    /// <summary>May this process take work? Asks everything that it cannot work without.</summary>
    public const string Ready = "/health";

    /// <summary>Is this process alive? Asks nobody else, so that a dead database does not restart every service.</summary>
    public const string Alive = "/alive";

    /// <summary>What <see cref="Ready"/> found, check by check; on the management endpoint.</summary>
    public const string Details = "/admin/health";

    public static bool IsProbe(PathString path) => IsProbe(path.Value);

    // For a path that was decoded already: a PathString would be made of it by decoding it again, which throws at what decodes to a null.
    public static bool IsProbe(string? path) => Is(path, Ready) || Is(path, Alive) || Is(path, Details);

    private static bool Is(string? path, string probe) => string.Equals(path, probe, StringComparison.OrdinalIgnoreCase);
}
