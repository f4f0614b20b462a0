using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Trace;
using Shop.ServiceDefaults.Health;

namespace Shop.ServiceDefaults.Tracing;

internal static class TracingExtensions
{
    // Read by OpenTelemetry.Instrumentation.AspNetCore: rpc.* attributes on the server spans of gRPC calls.
    private const string GrpcServerAttributes = "OTEL_DOTNET_EXPERIMENTAL_ASPNETCORE_ENABLE_GRPC_INSTRUMENTATION";

    /// <summary>
    /// What makes a span: requests, outgoing HTTP and gRPC calls, and the service's own source, named as its assembly.
    /// Redis and Postgres come with their client integrations, messages with <c>AddMessaging</c>.
    /// </summary>
    public static void AddTracing(this IHostApplicationBuilder builder)
    {
        builder.Configuration[GrpcServerAttributes] ??= "true";
        builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing
            .AddSource(builder.Environment.ApplicationName)
            .AddAspNetCoreInstrumentation(options => options.Filter = context => !HealthPaths.IsProbe(context.Request.Path))
            .AddGrpcClientInstrumentation()
            .AddHttpClientInstrumentation()
            .AddProcessor<ProbeSpanFilter>());
    }
}
