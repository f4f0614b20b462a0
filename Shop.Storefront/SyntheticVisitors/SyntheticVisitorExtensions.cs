using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Shop.Contracts.Journeys;
using Shop.Telemetry.Journeys;
using Shop.Web.Sessions;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Shop.Storefront.SyntheticVisitors;

/// <summary>
/// Marks the telemetry of simulated visitors. If <see cref="SyntheticVisitorOptions.Enabled"/> is set, they may request faults and the
/// next session, and each response names its trace and session.
/// </summary>
internal static class SyntheticVisitorExtensions
{
    /// <summary>The product in the <c>User-Agent</c> of simulated visitors.</summary>
    public const string Product = "ShopVisitors/";

    /// <summary>The request header with a <see cref="Fault"/>.</summary>
    public const string FaultHeader = "X-Shop-Fault";

    /// <summary>The request header that starts the next session, and the response header with the ids of the visit.</summary>
    public const string VisitHeader = "X-Shop-Visit";

    private const string NextSession = "next-session";

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

    /// <summary>Adds the middleware. Call it after the visitor's session was read.</summary>
    public static void UseSyntheticVisitors(this WebApplication app)
    {
        var enabled = IsEnabled(app.Configuration);
        app.Use((context, next) =>
        {
            if (context.Request.Headers.UserAgent.ToString().Contains(Product, StringComparison.Ordinal))
            {
                JourneyContext.Set(ShopJourneyKeys.SyntheticType, "test");
                if (enabled)
                {
                    Simulate(context);
                }
            }

            return next(context);
        });
    }

    private static bool IsEnabled(IConfiguration configuration) =>
        configuration.GetValue<bool>($"{SyntheticVisitorOptions.Section}:{nameof(SyntheticVisitorOptions.Enabled)}");

    private static void Simulate(HttpContext context)
    {
        var request = context.Request;
        if (context.Features.Get<VisitorSession>() is not { } session)
        {
            return; // the operator of a management endpoint
        }

        if (request.Headers[VisitHeader] == NextSession)
        {
            session.StartNext(context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow());
        }

        if (Fault.Find(request) is { } fault)
        {
            context.Items[typeof(Fault)] = fault;
            if (fault == Fault.SlowSignIn)
            {
                request.Body = new SlowBody(request.Body);
            }
        }

        context.Response.OnStarting(() =>
        {
            var trace = context.Features.Get<IHttpActivityFeature>()?.Activity.TraceId ?? default(ActivityTraceId);
            context.Response.Headers[VisitHeader] =
                $"{trace};{session.SessionId};{session.Segment};{session.Experiment};{session.ExperimentGroup}";
            return Task.CompletedTask;
        });
    }
}
