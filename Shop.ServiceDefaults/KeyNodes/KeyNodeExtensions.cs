using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenTelemetry.Instrumentation.AspNetCore;
using Shop.ServiceDefaults.Http;
using Shop.ServiceDefaults.Journeys;
using Shop.ServiceDefaults.Probability;
using Shop.ServiceDefaults.Sampling;

namespace Shop.ServiceDefaults.KeyNodes;

internal static class KeyNodeExtensions
{
    public static void AddKeyNodes(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<KeyNodeOptions>().BindConfiguration(KeyNodeOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<KeyNodeOptions>, KeyNodeOptionsValidator>();
        builder.Services.AddSingleton<KeyNodeRules>();

        // A rule that asks for the status finds its node when the answer is known, and keeps it even so.
        builder.Services.AddOptions<AspNetCoreTraceInstrumentationOptions>().Configure<KeyNodeRules>((tracing, nodes) =>
            tracing.EnrichWithHttpResponse = (request, response) =>
            {
                if (response.HttpContext.Route() is { } route && nodes.OfRoute(route) is null && nodes.OfAnswer(route, response.StatusCode) is { } node)
                    request.SetTag(JourneyKeys.NodeClass, node).SetTag(KeptTag.Reason, Decision.KeyNodeRule);
            });
    }

    /// <summary>From here on, all that this request causes, in this service and behind it, is known to be part of a key node.</summary>
    public static void UseKeyNodes(this WebApplication app)
    {
        var nodes = app.Services.GetRequiredService<KeyNodeRules>();
        app.Use(next => context =>
        {
            if (context.Route() is { } route && nodes.OfRoute(route) is { } node)
                JourneyContext.Enter(node);
            return next(context);
        });
    }
}
