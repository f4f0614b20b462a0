using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Shop.Telemetry.Http;
using Shop.Telemetry.Propagation;
using Shop.Web.Management;
using Shop.Web.Sessions;

namespace Microsoft.Extensions.Hosting;

/// <summary>Adds visitor sessions to the service that is the edge.</summary>
public static class VisitorSessionExtensions
{
    /// <summary>Adds visitor sessions when <c>Shop:Edge:Enabled</c> is set.</summary>
    public static void AddVisitorSessions(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<EdgeOptions, EdgeOptionsValidator>().BindConfiguration(EdgeOptions.Section);
        if (!builder.Configuration.IsEdge())
        {
            return;
        }

        builder.AddSharedDataProtection();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<SessionTokenProtector>();
    }

    /// <summary>
    /// Adds the middleware that reads the visitor's session and renews its token. It does nothing in services that are not the edge, and
    /// for the requests of other services, which have the session of their visitor already. Probes and operators are no visitors.
    /// </summary>
    public static void UseVisitorSessions(this WebApplication app)
    {
        if (!app.Configuration.IsEdge())
        {
            return;
        }

        var tokens = app.Services.GetRequiredService<SessionTokenProtector>();
        var serviceKey = app.Services.GetRequiredService<ServiceKey>();
        // One for all requests.
        Func<object, Task> writeToken = state =>
        {
            var context = (HttpContext)state;
            tokens.WriteToken(context, context.Features.GetRequiredFeature<VisitorSession>());
            return Task.CompletedTask;
        };
        app.Use(next => context =>
        {
            if (serviceKey.IsValid(context.Request) || context.IsManagement() || HealthPaths.IsProbe(context.Request.Path))
            {
                return next(context);
            }

            var session = tokens.GetSession(context.Request);
            context.Features.Set(session);
            session.SetJourney();
            context.Response.OnStarting(writeToken, context);
            return next(context);
        });
    }

    // Read once: a service cannot become the edge while it runs.
    private static bool IsEdge(this IConfiguration configuration) =>
        configuration.GetValue<bool>($"{EdgeOptions.Section}:{nameof(EdgeOptions.Enabled)}");
}
