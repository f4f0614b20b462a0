using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenTelemetry;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Propagation;

namespace Microsoft.Extensions.Hosting;

/// <summary>Configures whether a service continues inbound trace context.</summary>
public static class PropagationExtensions
{
    /// <summary>
    /// Ignores inbound trace context and baggage: every request starts a new trace, linked to the trace of its caller. For the edge.
    /// </summary>
    public static void IgnoreInboundTraceContext(this IServiceCollection services) =>
        services.Replace(ServiceDescriptor.Singleton<DistributedContextPropagator>(new EdgePropagator()));

    internal static void AddPropagation(this IHostApplicationBuilder builder) =>
        builder.Services.Replace(ServiceDescriptor.Singleton<DistributedContextPropagator>(new InternalPropagator()));

    /// <summary>Adds the request id to the journey and to the response. First in the pipeline, so that error responses carry it.</summary>
    internal static void UsePropagation(this WebApplication app)
    {
        var isEdge = app.Services.GetRequiredService<DistributedContextPropagator>() is EdgePropagator;
        app.Use(next => context =>
        {
            // The propagator did it already, unless neither traces nor logs are enabled: ASP.NET Core then does not call it.
            if (JourneyContext.Current.RequestId is null)
            {
                Baggage.Current = isEdge
                    ? Baggage.Current.SetBaggage(JourneyKeys.RequestId, RequestId.Create())
                    : InternalPropagator.EnsureRequestId(
                        JourneyBaggage.Parse(context.Request.Headers[JourneyBaggage.HeaderName]), name => context.Request.Headers[name]);
            }

            if (isEdge && Activity.Current is { IsAllDataRequested: true } span
                && EdgePropagator.UntrustedParent(context.Request.Headers, ReadHeader) is { } parent)
            {
                span.AddLink(new ActivityLink(parent));
            }

            context.Response.OnStarting(static state =>
            {
                ((HttpContext)state).Response.Headers[RequestId.HeaderName] = JourneyContext.Current.RequestId;
                return Task.CompletedTask;
            }, context);
            return next(context);
        });
    }

    private static void ReadHeader(object? carrier, string name, out string? value, out IEnumerable<string>? values)
    {
        values = null;
        value = ((IHeaderDictionary)carrier!)[name];
    }
}
