using System.Reflection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Resources;

namespace Shop.Telemetry.Tracing;

/// <summary>The OpenTelemetry resource of a service.</summary>
public static class ServiceIdentity
{
    private const string Namespace = "shop";

    /// <summary>Gets the name of the service, as the AppHost has it: <c>cart</c> for the assembly <c>Shop.Cart</c>.</summary>
    public static string GetServiceName(this IHostEnvironment host) => host.ApplicationName.Split('.')[^1].ToLowerInvariant();

    /// <summary>Adds the namespace, name, version, instance and environment of the service to all spans, metrics and log records.</summary>
    internal static void AddServiceIdentity(this ResourceBuilder resource, IHostApplicationBuilder builder) => resource
        .AddService(
            builder.Environment.GetServiceName(),
            serviceNamespace: Namespace,
            serviceVersion: Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion)
        .AddAttributes([new("deployment.environment.name", builder.Environment.EnvironmentName.ToLowerInvariant())])
        // Last, so that OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES take precedence.
        .AddEnvironmentVariableDetector();
}
