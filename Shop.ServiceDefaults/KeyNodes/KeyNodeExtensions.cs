using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Shop.ServiceDefaults.Journeys;

namespace Shop.ServiceDefaults.KeyNodes;

internal static class KeyNodeExtensions
{
    public static void AddKeyNodes(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<KeyNodeOptions>().BindConfiguration(KeyNodeOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<KeyNodeOptions>, KeyNodeOptionsValidator>();
        builder.Services.AddSingleton<KeyNodeRules>();
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

    /// <summary>The template of the route that the request took, <c>/api/v1/carts/{cartId}/checkout</c>.</summary>
    public static string? Route(this HttpContext context) => (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
}
