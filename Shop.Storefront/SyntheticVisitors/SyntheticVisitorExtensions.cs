using System.Buffers;
using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Shop.Contracts.Journeys;
using Shop.Telemetry.Journeys;
using Shop.Web.Sessions;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Shop.Storefront.SyntheticVisitors;

/// <summary>
/// Marks the telemetry of simulated visitors, if <see cref="SyntheticVisitorOptions.Enabled"/> is set, and of crawlers. Then, simulated
/// visitors may request faults and the next session, and each response names its trace and session. Otherwise they count as crawlers.
/// </summary>
internal static class SyntheticVisitorExtensions
{
    /// <summary>The product in the <c>User-Agent</c> of simulated visitors.</summary>
    public const string Product = "ShopVisitors/";

    /// <summary>The request header with a <see cref="Fault"/>.</summary>
    public const string FaultHeader = "X-Shop-Fault";

    /// <summary>The request header, with any value, that starts the next session.</summary>
    public const string NextSessionHeader = "X-Shop-Next-Session";

    /// <summary>The response header with the ids of the visit.</summary>
    public const string VisitHeader = "X-Shop-Visit";

    // Parts of the User-Agent of programs that say what they are. "bot" alone is also in the names of phones.
    private static readonly SearchValues<string> _crawlers = SearchValues.Create(
        ["bot/", "bot;", "crawler", "spider", "slurp", "facebookexternalhit"], StringComparison.OrdinalIgnoreCase);

    public static void AddSyntheticVisitors(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<SyntheticVisitorOptions, SyntheticVisitorOptionsValidator>()
            .BindConfiguration(SyntheticVisitorOptions.Section);
        if (!IsEnabled(builder.Configuration))
        {
            return;
        }

        builder.Services.AddHttpContextAccessor();
        builder.Services.AddSingleton<FaultyServers>();
        builder.Services.AddTransient<FaultHandler>();
        builder.Services.AddSingleton<ITransformProvider, FaultTransforms>();
        // After service discovery, whose result the handler replaces.
        builder.Services.ConfigureHttpClientDefaults(static http => http.AddHttpMessageHandler<FaultHandler>());
    }

    /// <summary>
    /// Adds the middleware. Call it before the service defaults: authentication responds to the callback of the sign-in by itself, and this
    /// response belongs to the visit as well.
    /// </summary>
    public static void UseSyntheticVisitors(this WebApplication app)
    {
        var enabled = IsEnabled(app.Configuration);
        app.Use((context, next) =>
        {
            if (enabled && IsSynthetic(context.Request))
            {
                JourneyContext.Set(ShopJourneyKeys.SyntheticType, "test");
                Simulate(context);
            }
            else if (IsSynthetic(context.Request) || context.Request.Headers.UserAgent.ToString().AsSpan().ContainsAny(_crawlers))
            {
                // Any caller can send such a header, so alerts count it, other than that of simulated visitors.
                JourneyContext.Set(ShopJourneyKeys.SyntheticType, "bot");
            }

            return next(context);
        });
    }

    /// <summary>Adds the middleware that starts the next session of a simulated visitor. Call it after the session was read.</summary>
    public static void UseNextSessions(this WebApplication app)
    {
        if (!IsEnabled(app.Configuration))
        {
            return;
        }

        app.Use((context, next) =>
        {
            if (context.Request.Headers.ContainsKey(NextSessionHeader)
                && IsSynthetic(context.Request)
                && context.Features.Get<VisitorSession>() is { } session)
            {
                session.StartNext(context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow());
            }

            return next(context);
        });
    }

    private static bool IsEnabled(IConfiguration configuration) =>
        configuration.GetValue<bool>($"{SyntheticVisitorOptions.Section}:{nameof(SyntheticVisitorOptions.Enabled)}");

    private static bool IsSynthetic(HttpRequest request) =>
        request.Headers.UserAgent.ToString().Contains(Product, StringComparison.Ordinal);

    private static void Simulate(HttpContext context)
    {
        if (Fault.Find(context.Request) is { } fault)
        {
            context.Items[typeof(Fault)] = fault;
            if (fault == Fault.SlowSignIn)
            {
                context.Request.Body = new SlowBody(context.Request.Body);
            }
        }

        context.Response.OnStarting(() =>
        {
            // The operator of a management endpoint has no session.
            if (context.Features.Get<VisitorSession>() is { } session)
            {
                var trace = context.Features.Get<IHttpActivityFeature>()?.Activity.TraceId ?? default(ActivityTraceId);
                context.Response.Headers[VisitHeader] =
                    $"{trace};{session.SessionId};{session.Segment};{session.Experiment};{session.ExperimentGroup}";
            }

            return Task.CompletedTask;
        });
    }
}
