using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Shop.Insights.Data;
using Shop.Insights.Spans.Calls;
using Shop.Insights.Spans.Otlp;
using Shop.Telemetry.Http;
using Shop.Web.Authentication;

namespace Shop.Insights.Spans;

/// <summary>Receives and stores the spans of all services.</summary>
internal static class SpanExtensions
{
    private const string GrpcEndpoint = "grpc";

    public static void AddSpans(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<SpanOptions, SpanOptionsValidator>().BindConfiguration(SpanOptions.Section);
        builder.Services.AddSingleton<SpanPartitions>();
        builder.Services.AddSingleton<SpanStore>();
        builder.Services.AddSingleton<SpanQueue>();
        builder.Services.AddSingleton<SpanMetrics>();
        builder.Services.AddSingleton<SpanReceiver>();
        builder.Services.AddSingleton(services => new RetainedTable(
            services.GetRequiredService<SpanPartitions>(), services.GetRequiredService<SpanStore>().GetFirstDay));
        // Stops after the writer, whose last spans it counts.
        builder.Services.AddSingleton<CallMetrics>();
        builder.Services.AddSingleton<CallCounter>();
        builder.Services.AddHostedService<CallWorker>();
        builder.Services.AddHostedService<SpanWriter>();

        // Without TLS, an endpoint has one version of HTTP. Wherever the service is hosted, only the address of this one is configured.
        builder.Services.PostConfigure<KestrelServerOptions>(kestrel => kestrel.ConfigurationLoader?.Endpoint(
            GrpcEndpoint, endpoint => endpoint.ListenOptions.Protocols = HttpProtocols.Http2));
    }

    public static void MapSpans(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(TelemetryPaths.Traces, OtlpHttp.ReceiveAsync)
            .WithMetadata(new OtlpLimits(), new AcceptsContentEncodingAttribute("gzip"))
            .RequireAuthorization(AuthorizationPolicies.Service)
            .ExcludeFromDescription();
        // Without the limit of the server: it would end the call without a status.
        routes.MapPost(TelemetryPaths.GrpcTraces, OtlpGrpc.ReceiveAsync)
            .WithMetadata(new DisableRequestSizeLimitAttribute())
            .RequireAuthorization(AuthorizationPolicies.Service)
            .ExcludeFromDescription();
    }
}
