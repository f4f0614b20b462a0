using System.Reflection;
using Aspire.Hosting.Utils;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>
/// What is different in a test, all of it changeable by the test: no dashboard, console logs as logs, ports that are free, and the end
/// is waited for. The environment is that of the AppHost's launch profile, since no 'dotnet run' has set it.
/// </summary>
internal static class TestDefaults
{
    public static void Apply(
        Assembly appHost,
        string[] args,
        DistributedApplicationOptions options,
        HostApplicationBuilderSettings settings,
        Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configure)
    {
        settings.Args = [.. settings.Args ?? [], .. args];
        settings.ApplicationName = appHost.GetName().Name;
        settings.Configuration ??= new();
        options.Args = settings.Args;
        options.AssemblyName = appHost.GetName().Name;
        options.DisableDashboard = true;
        options.EnableResourceLogging = true;

        if (options.ProjectDirectory is { } directory && Directory.Exists(directory))
        {
            settings.ContentRootPath = directory;
        }

        AddDefaults(settings, new()
        {
            ["DcpPublisher:RandomizePorts"] = "true",
            ["DcpPublisher:WaitForResourceCleanup"] = "true",
            ["ASPNETCORE_URLS"] = "http://localhost:8080",
            ["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = "http://localhost:4317",
            ["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true",
        });

        configure(options, settings);

        AddDefaults(settings, LaunchProfile(options.ProjectDirectory, settings));
    }

    private static Dictionary<string, string?> LaunchProfile(string? projectDirectory, HostApplicationBuilderSettings settings)
    {
        var profiles = projectDirectory is null ? null : LaunchSettings.Read(projectDirectory)?.Profiles;
        var name = settings.Configuration!["DOTNET_LAUNCH_PROFILE"] ?? profiles?.Keys.FirstOrDefault();
        if (profiles is null || name is null)
        {
            return [];
        }

        if (!profiles.TryGetValue(name, out var profile))
        {
            throw new InvalidOperationException($"The configured launch profile, '{name}', was not found in the launch settings file.");
        }

        var values = new Dictionary<string, string?> { ["DOTNET_LAUNCH_PROFILE"] = name };
        foreach (var (key, value) in profile.EnvironmentVariables ?? [])
        {
            values[key] = value;
            foreach (var prefix in new[] { "DOTNET_", "ASPNETCORE_" })
            {
                // The host reads these variables under their names without the prefix.
                if (key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                {
                    values.TryAdd(key[prefix.Length..], value);
                }
            }
        }

        return values;
    }

    /// <summary>What the arguments and the configuration say already stays.</summary>
    private static void AddDefaults(HostApplicationBuilderSettings settings, Dictionary<string, string?> defaults)
    {
        var existing = new ConfigurationBuilder().AddConfiguration(settings.Configuration!).AddCommandLine(settings.Args ?? []).Build();
        settings.Configuration!.AddInMemoryCollection([.. defaults.Where(d => existing[d.Key] is null)]);
    }
}
