using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>Stands for <c>Aspire.Hosting.OtlpConfigurationExtensions</c>.</summary>
public static class OtlpConfigurationExtensions
{
    /// <summary>Tells a resource where to send its telemetry, and under which name; every project has it.</summary>
    public static IResourceBuilder<T> WithOtlpExporter<T>(this IResourceBuilder<T> builder) where T : IResourceWithEnvironment
    {
        var configuration = builder.ApplicationBuilder.Configuration;
        var isDevelopment = builder.ApplicationBuilder.Environment.IsDevelopment();

        return builder.WithEnvironment(context =>
        {
            var variables = context.EnvironmentVariables;
            var model = context.ExecutionContext.Services.GetRequiredService<DistributedApplicationModel>();

            variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = DashboardResource.FindOtlpEndpoint(model) is { } endpoint
                ? endpoint
                : configuration["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] ?? "http://localhost:18889";
            variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc";
            variables["OTEL_RESOURCE_ATTRIBUTES"] = """service.instance.id={{- index .Annotations "otel-service-instance-id" -}}""";
            variables["OTEL_SERVICE_NAME"] = """{{- index .Annotations "otel-service-name" -}}""";

            if (configuration["AppHost:OtlpApiKey"] is { } key)
            {
                variables["OTEL_EXPORTER_OTLP_HEADERS"] = $"x-otlp-api-key={key}";
            }

            if (isDevelopment)
            {
                // Somebody is looking: export each second, and everything.
                variables["OTEL_BLRP_SCHEDULE_DELAY"] = "1000";
                variables["OTEL_BSP_SCHEDULE_DELAY"] = "1000";
                variables["OTEL_METRIC_EXPORT_INTERVAL"] = "1000";
                variables["OTEL_TRACES_SAMPLER"] = "always_on";
                variables["OTEL_METRICS_EXEMPLAR_FILTER"] = "trace_based";
                variables["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "true";
            }
        });
    }
}
