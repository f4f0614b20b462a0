using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>
/// How Aspire.Hosting.Testing reaches the builder that the AppHost's Main creates. The execution context carries it from the test to
/// Main and no further, so AppHosts that are tested side by side do not see each other. (The real one uses a DiagnosticListener.)
/// </summary>
internal abstract class BuilderHook
{
    private static readonly AsyncLocal<BuilderHook?> _current = new();

    public static BuilderHook? Current { get => _current.Value; set => _current.Value = value; }

    public abstract void Creating(DistributedApplicationOptions options, HostApplicationBuilderSettings settings);

    public abstract void Building(DistributedApplicationBuilder builder);

    public abstract void Built(DistributedApplication app);
}
