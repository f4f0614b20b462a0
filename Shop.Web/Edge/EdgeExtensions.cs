using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Propagation;

namespace Shop.Web.Edge;

internal static class EdgeExtensions
{
    public static void AddEdge(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<EdgeOptions>().BindConfiguration(EdgeOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<EdgeOptions>, EdgeOptionsValidator>();
        if (!builder.Configuration.IsEdge())
        {
            builder.Services.Replace(ServiceDescriptor.Singleton<DistributedContextPropagator>(new InternalPropagator()));
            return;
        }

        // Replicas share sessions when they share keys: whoever runs several configures where Data Protection keeps them.
        builder.Services.AddDataProtection().SetApplicationName("Shop");
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<SessionTokenProtector>();
        builder.Services.Replace(ServiceDescriptor.Singleton<DistributedContextPropagator>(new EdgePropagator()));
    }

    /// <summary>
    /// Knows whose request this is, and tells the caller under which id to ask about it. First in line, so that also errors say it.
    /// </summary>
    public static void UseEdge(this WebApplication app)
    {
        if (app.Configuration.IsEdge())
            app.UseVisits();
        else
            app.Use(static next => context =>
            {
                // Done by the propagator, unless neither traces nor logs are on.
                if (JourneyContext.Current.RequestId is null)
                    Baggage.Current = InternalPropagator.EnsureRequestId(JourneyBaggage.Parse(context.Request.Headers[JourneyBaggage.HeaderName]), name => context.Request.Headers[name]);
                return next(context);
            });

        app.Use(static next => context =>
        {
            context.Response.OnStarting(static state =>
            {
                ((HttpContext)state).Response.Headers[RequestId.HeaderName] = JourneyContext.Current.RequestId;
                return Task.CompletedTask;
            }, context);
            return next(context);
        });
    }

    // A service is the edge or is not; that does not change while it runs.
    private static bool IsEdge(this IConfiguration configuration) => configuration.GetValue<bool>($"{EdgeOptions.Section}:{nameof(EdgeOptions.Enabled)}");

    private static void UseVisits(this WebApplication app)
    {
        var tokens = app.Services.GetRequiredService<SessionTokenProtector>();
        app.Use(next => context =>
        {
            var visit = tokens.Find(context.Request);
            context.Features.Set(visit);
            if (JourneyContext.Current.RequestId is null)
                Baggage.Current = default(Baggage).SetBaggage(JourneyKeys.RequestId, RequestId.Create());
            Baggage.Current = visit.AddTo(Baggage.Current);

            if (Activity.Current is { IsAllDataRequested: true } span)
            {
                JourneyContext.Current.AddTo(span);
                if (EdgePropagator.UntrustedParent(context.Request.Headers, ReadHeader) is { } claimed)
                    span.AddLink(new ActivityLink(claimed));
            }

            context.Response.OnStarting(() =>
            {
                tokens.Answer(context, visit);
                return Task.CompletedTask;
            });
            return next(context);
        });
    }

    private static void ReadHeader(object? carrier, string name, out string? value, out IEnumerable<string>? values)
    {
        values = null;
        value = ((IHeaderDictionary)carrier!)[name];
    }
}
