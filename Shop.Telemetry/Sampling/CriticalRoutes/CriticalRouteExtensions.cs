using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenTelemetry.Instrumentation.AspNetCore;
using Shop.Telemetry.Http;
using Shop.Telemetry.Journeys;

namespace Shop.Telemetry.Sampling.CriticalRoutes;

/// <summary>Recognizes requests through critical routes.</summary>
internal static class CriticalRouteExtensions
{
    /// <summary>Adds the <see cref="CriticalRouteMatcher"/> with the registered and the configured rules.</summary>
    public static void AddCriticalRoutes(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<CriticalRouteOptions>()
            .Configure<IEnumerable<CriticalRouteRegistration>>(AddRegisteredRules)
            .BindConfiguration(CriticalRouteOptions.Section)
            .RejectInvalidChanges(CriticalRouteOptions.Section, typeof(CriticalRouteRule), Log.CriticalRoutesRejected)
            .ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<CriticalRouteOptions>, CriticalRouteOptionsValidator>();
        builder.Services.AddSingleton<CriticalRouteMatcher>();

        // A rule with a status pattern matches after the head decision. The sampling reason makes tail sampling export the spans.
        builder.Services.AddOptions<AspNetCoreTraceInstrumentationOptions>().Configure<CriticalRouteMatcher>((tracing, criticalRoutes) =>
            tracing.EnrichWithHttpResponse = (request, response) =>
            {
                if (!response.HttpContext.IsCallerUnverified()
                    && response.HttpContext.GetRouteTemplate() is { } route
                    && criticalRoutes.MatchRoute(route) is null
                    && criticalRoutes.MatchResponse(route, response.StatusCode) is { } criticalRoute)
                {
                    request.SetTag(JourneyKeys.CriticalRoute, criticalRoute);
                    request.SetTag(SamplingAttributes.Reason, SamplingRule.CriticalRouteName);
                }
            });
    }

    /// <summary>
    /// Marks requests through critical routes in the baggage, so that the mark reaches all services behind this one. Place it after
    /// routing.
    /// </summary>
    public static void UseCriticalRoutes(this WebApplication app)
    {
        var criticalRoutes = app.Services.GetRequiredService<CriticalRouteMatcher>();
        app.Use(next => context =>
        {
            if (!context.IsCallerUnverified())
            {
                context.SetCriticalRoute(criticalRoutes);
            }
            else if (context.GetRouteTemplate() is { } route && criticalRoutes.MatchRoute(route) is not null)
            {
                context.SetMayBecomeCritical();
            }

            return next(context);
        });
    }

    /// <summary>Puts a request on the critical route of its endpoint, and determines whether it has one.</summary>
    public static bool SetCriticalRoute(this HttpContext context, CriticalRouteMatcher criticalRoutes)
    {
        if (context.GetRouteTemplate() is not { } route || criticalRoutes.MatchRoute(route) is not { } criticalRoute)
        {
            return false;
        }

        JourneyContext.SetCriticalRoute(criticalRoute);
        return true;
    }

    private static void AddRegisteredRules(CriticalRouteOptions options, IEnumerable<CriticalRouteRegistration> registrations)
    {
        foreach (var registration in registrations)
        {
            options.Rules[registration.Name] = registration.CreateRule();
        }
    }
}
