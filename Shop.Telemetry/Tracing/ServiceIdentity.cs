using System.Reflection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Resources;

namespace Shop.Telemetry.Tracing;

public static class ServiceIdentity
{
    /// <summary>Shop.Cart is "cart", as the AppHost calls it.</summary>
    public static string ServiceName(this IHostEnvironment host) => host.ApplicationName.Split('.')[^1].ToLowerInvariant();

    /// <summary>Who speaks, on every span, metric and log: name, version, instance and environment.</summary>
    internal static void AddServiceIdentity(this ResourceBuilder resource, IHostApplicationBuilder builder) => resource
        .AddService(
            builder.Environment.ServiceName(),
            serviceVersion: Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion)
        .AddAttributes([new("deployment.environment.name", builder.Environment.EnvironmentName.ToLowerInvariant())])
        // Last, so that OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES have the last word.
        .AddEnvironmentVariableDetector();
}
