using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Dcp;

/// <summary>Where DCP and the dashboard are, and what tests ask of them; same keys as the real one.</summary>
internal sealed class DcpOptions(IConfiguration configuration, DistributedApplicationOptions options)
{
    public string CliPath { get; } = Existing(
        "the Developer Control Plane",
        configuration["DcpPublisher:CliPath"]
            ?? (configuration["ASPIRE_DCP_PATH"] is { } directory ? Path.Combine(directory, "dcp") : null)
            ?? options.Metadata("dcpclipath"));

    public bool RandomizePorts { get; } = configuration.GetValue("DcpPublisher:RandomizePorts", false);

    public bool WaitForResourceCleanup { get; } = configuration.GetValue("DcpPublisher:WaitForResourceCleanup", false);

    /// <summary>Asked for only when the dashboard is on.</summary>
    public string DashboardPath => Existing(
        "the Aspire dashboard",
        configuration["DcpPublisher:DashboardPath"] ?? configuration["ASPIRE_DASHBOARD_PATH"] ?? options.Metadata("aspiredashboardpath"));

    private static string Existing(string what, string? path) => File.Exists(path)
        ? path
        : throw new DistributedApplicationException(
            $"The application cannot run without {what}: there is none at '{path}'. Build the AppHost again to fetch it.");
}
