using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Trace;
using Shop.Telemetry.Propagation;
using Shop.Telemetry.Sampling.Tail;

namespace Shop.Telemetry.Tracing;

internal static class TracingExtensions
{
    // Adds rpc.* attributes to the server spans of gRPC calls. OpenTelemetry.Instrumentation.AspNetCore has this switch until the
    // semantic conventions for RPC are stable: https://github.com/open-telemetry/opentelemetry-dotnet-contrib/issues/1726
    private const string EnableGrpcServerAttributes = "OTEL_DOTNET_EXPERIMENTAL_ASPNETCORE_ENABLE_GRPC_INSTRUMENTATION";

    // When true, only the instrumentation sets the attributes of a request. ASP.NET Core would create them for each request, also when
    // its span is not recorded. False is the default from .NET 11 on: https://github.com/dotnet/aspnetcore/pull/64851
    private const string SuppressOwnTags = "Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData";

    // Selects the stable attribute names for databases (db.system.name). The Redis instrumentation reads it from the environment only,
    // and uses the old names by default: https://github.com/open-telemetry/opentelemetry-dotnet-contrib/issues/2098
    private const string SemanticConventionsOptIn = "OTEL_SEMCONV_STABILITY_OPT_IN";

    private const int HttpPort = 80;
    private const int HttpsPort = 443;

    /// <summary>
    /// Adds spans for requests, outgoing HTTP and gRPC calls, and the service's own activity source, which has the name of its assembly.
    /// Redis and PostgreSQL add theirs with their client integrations, and messages with <c>AddMessaging</c>.
    /// </summary>
    public static void AddTracing(this IHostApplicationBuilder builder)
    {
        TracePropagator.Install();
        AppContext.SetSwitch(SuppressOwnTags, true);
        builder.Configuration[EnableGrpcServerAttributes] ??= "true";
        Environment.SetEnvironmentVariable(SemanticConventionsOptIn, AddDatabase(builder.Configuration[SemanticConventionsOptIn]));
        builder.Services.AddSpanProcessor<JourneySpanProcessor>();
        builder.Services.AddSpanProcessor<SecretPathProcessor>();
        builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing
            .AddSource(builder.Environment.ApplicationName)
            .AddAspNetCoreInstrumentation(options =>
            {
                // The activities of Blazor begin traces of their own, so that what a form does would not be in the trace of its request.
                options.EnableRazorComponentsSupport = false;
                options.EnrichWithHttpRequest = SetDefaultPort;
            })
            .AddGrpcClientInstrumentation(options =>
                options.EnrichWithHttpRequestMessage = static (span, request) => SetServiceAddress(span, request.RequestUri))
            .AddHttpClientInstrumentation()
            .AddProcessor(services => services.GetRequiredService<SpanPipeline>()));
    }

    // Also when the variable selects other conventions only.
    private static string AddDatabase(string? optIn) => optIn?.Split(',', StringSplitOptions.TrimEntries) switch
    {
        null or [""] => "database",
        var values when values.Contains("database") || values.Contains("database/dup") => optIn,
        _ => $"{optIn},database",
    };

    // The instrumentation sets the port only when the Host header has it.
    private static void SetDefaultPort(Activity span, HttpRequest request)
    {
        if (request.Host is { HasValue: true, Port: null })
        {
            span.SetTag("server.port", request.IsHttps ? HttpsPort : HttpPort);
        }
    }

    // Before service discovery, the address of a named endpoint is http://_grpc.catalog:80. The name of the service is "catalog", and
    // the port is a placeholder.
    private static void SetServiceAddress(Activity span, Uri? address)
    {
        if (address?.Host is ['_', .. var endpoint] && endpoint.IndexOf('.') is > 0 and var dot)
        {
            span.SetTag("server.address", endpoint[(dot + 1)..]);
            span.SetTag("server.port", null);
        }
    }
}
