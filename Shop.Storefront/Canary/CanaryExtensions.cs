using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Shop.Storefront.Canary;

/// <summary>Adds the canary: a second version of a service, which gets a share of the sessions (docs/canary.md).</summary>
internal static class CanaryExtensions
{
    /// <summary>Adds the canary that the configuration names. Without one, nothing is added.</summary>
    public static void AddCanary(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<CanaryOptions, CanaryOptionsValidator>()
            .BindConfiguration(CanaryOptions.Section);
        builder.Services.AddSingleton<IValidateOptions<CanaryOptions>, CanaryStepsValidator>();
        if (!IsConfigured(builder.Configuration))
        {
            return;
        }

        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddSingleton<CanaryRollout>();
        builder.Services.AddSingleton<CanaryRouter>();
        builder.AddJourneyEventListener<CanaryMetrics>();
        builder.Services.AddManagementEndpoints(static admin =>
            admin.MapGet("/canary", static (CanaryRollout rollout) => TypedResults.Ok(rollout.GetState())));
    }

    /// <summary>
    /// Adds the middleware that chooses the version for each request, so that all its telemetry names it. Call it after the session was
    /// read.
    /// </summary>
    public static void UseCanary(this WebApplication app)
    {
        if (app.Services.GetService<CanaryRouter>() is not { } router)
        {
            return;
        }

        app.Use((context, next) =>
        {
            router.Choose(context);
            return next(context);
        });
    }

    /// <summary>Makes a client of a service call the canary for its share of the sessions, if the service has one.</summary>
    /// <param name="client">The client.</param>
    /// <param name="service">The service.</param>
    public static IHttpClientBuilder AddCanary(this IHttpClientBuilder client, string service) =>
        // After service discovery, whose result the handler replaces.
        client.ConfigureAdditionalHttpMessageHandlers((handlers, services) =>
        {
            if (services.FindCanaryHandler(service) is { } handler)
            {
                handlers.Add(handler);
            }
        });

    /// <summary>Creates the handler that calls the canary of a service; null if it has none.</summary>
    public static CanaryHandler? FindCanaryHandler(this IServiceProvider services, string service) =>
        services.GetRequiredService<IOptions<CanaryOptions>>().Value.Service == service
            ? ActivatorUtilities.CreateInstance<CanaryHandler>(services)
            : null;

    /// <summary>Whether the replica that a request was forwarded to is one of the canary.</summary>
    public static bool IsSentToCanary(this HttpContext context) => CanaryRouter.Find(context) is { IsSentToCanary: true };

    private static bool IsConfigured(IConfiguration configuration) =>
        !string.IsNullOrEmpty(configuration[$"{CanaryOptions.Section}:{nameof(CanaryOptions.Service)}"]);
}
