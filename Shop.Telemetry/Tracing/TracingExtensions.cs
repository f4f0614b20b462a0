using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Trace;
using Shop.Telemetry.Propagation;

namespace Shop.Telemetry.Tracing;

internal static class TracingExtensions
{
    // Read by OpenTelemetry.Instrumentation.AspNetCore: rpc.* attributes on the server spans of gRPC calls.
    private const string GrpcServerAttributes = "OTEL_DOTNET_EXPERIMENTAL_ASPNETCORE_ENABLE_GRPC_INSTRUMENTATION";

    // ASP.NET Core then says already when a span is to start what is asked for, and the sampler can say no to a probe and all below it.
    private const string SuppressAttributesAtStart = "Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData";

    // The stable names for databases (db.system.name), not those before them. The Redis instrumentation reads the environment and nothing else.
    private const string StableNames = "OTEL_SEMCONV_STABILITY_OPT_IN";

    /// <summary>
    /// What makes a span: requests, outgoing HTTP and gRPC calls, and the service's own source, named as its assembly.
    /// Redis and Postgres come with their client integrations, messages with <c>AddMessaging</c>.
    /// </summary>
    public static void AddTracing(this IHostApplicationBuilder builder)
    {
        TracePropagator.Install();
        AppContext.SetSwitch(SuppressAttributesAtStart, false);
        builder.Configuration[GrpcServerAttributes] ??= "true";
        Environment.SetEnvironmentVariable(StableNames, Environment.GetEnvironmentVariable(StableNames) ?? "database");
        builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing
            .AddSource(builder.Environment.ApplicationName)
            .AddAspNetCoreInstrumentation()
            .AddGrpcClientInstrumentation(options => options.EnrichWithHttpRequestMessage = static (call, request) => call.NameService(request.RequestUri))
            .AddHttpClientInstrumentation()
            .AddProcessor<JourneySpans>()
            .AddProcessor<MessagingSpans>()
            .AddProcessor<DatabaseSpans>());
    }

    // http://_grpc.catalog:80 is how the endpoint is asked for, before discovery; the service is "catalog", and the port means nothing.
    private static void NameService(this Activity call, Uri? address)
    {
        if (address?.Host is not ['_', .. var endpoint] || endpoint.IndexOf('.') is not (> 0 and var dot))
            return;
        call.SetTag("server.address", endpoint[(dot + 1)..]);
        call.SetTag("server.port", null);
    }
}
