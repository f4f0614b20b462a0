using System.Reflection;
using Microsoft.Extensions.Configuration.UserSecrets;

namespace Aspire.Hosting;

/// <summary>Stands for <c>Aspire.Hosting.DistributedApplicationOptions</c>; what is not set here, the AppHost's build has written into its assembly.</summary>
public sealed class DistributedApplicationOptions
{
    private readonly Lazy<Assembly?> _assembly;

    public DistributedApplicationOptions()
    {
        _assembly = new(() => AssemblyName is { Length: > 0 } name ? Assembly.Load(name) : Assembly.GetEntryAssembly());
    }

    public string[]? Args { get; set; }

    public string? AssemblyName { get; set; }

    public bool DisableDashboard { get; set; }

    public bool EnableResourceLogging { get; set; }

    public bool AllowUnsecuredTransport { get; set; }

    public string? ProjectDirectory { get => field ?? Metadata("apphostprojectpath"); set; }

    public string? DashboardApplicationName { get; set; }

    internal Assembly? Assembly => _assembly.Value;

    internal string? Configuration => Assembly?.GetCustomAttribute<AssemblyConfigurationAttribute>()?.Configuration;

    internal string? UserSecretsId => Assembly?.GetCustomAttribute<UserSecretsIdAttribute>()?.UserSecretsId;

    internal string? Metadata(string key) => Assembly?.GetCustomAttributes<AssemblyMetadataAttribute>()
        .FirstOrDefault(m => string.Equals(m.Key, key, StringComparison.OrdinalIgnoreCase))?.Value;
}
