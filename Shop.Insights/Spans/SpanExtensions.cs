using Shop.Insights.Data;
using Shop.Insights.Spans.Otlp;
using Shop.Telemetry.Http;
using Shop.Web.Authentication;

namespace Shop.Insights.Spans;

/// <summary>Receives and stores the spans of all services.</summary>
internal static class SpanExtensions
{
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
        builder.Services.AddHostedService<RetentionWorker>();
        builder.Services.AddHostedService<SpanWriter>();
    }

    public static void MapSpans(this IEndpointRouteBuilder routes) =>
        routes.MapPost(TelemetryPaths.Traces, static (HttpContext context, SpanReceiver receiver) => receiver.ReceiveAsync(context))
            .WithMetadata(new OtlpLimits(), new AcceptsContentEncodingAttribute("gzip"))
            .RequireAuthorization(AuthorizationPolicies.Service)
            .ExcludeFromDescription();
}
