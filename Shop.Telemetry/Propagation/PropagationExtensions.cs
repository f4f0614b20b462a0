using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Propagation;

namespace Microsoft.Extensions.Hosting;

/// <summary>Adds the propagation of trace context and baggage between the services of the application.</summary>
public static class PropagationExtensions
{
    /// <summary>
    /// Makes a client one of a service of the application: its requests carry the trace context, the baggage and the service key, and
    /// may go to that service only. Its primary handler must not follow redirects, which would carry the key to another host.
    /// </summary>
    /// <param name="client">The client.</param>
    /// <param name="service">The name of the service in the AppHost, which is the host of the client's address.</param>
    /// <returns>The client.</returns>
    public static IHttpClientBuilder AddServiceCallHandler(this IHttpClientBuilder client, string service) =>
        client.ConfigureAdditionalHttpMessageHandlers((handlers, services) =>
            handlers.Insert(0, new ServiceCallHandler(service, services.GetRequiredService<ServiceKey>())));

    /// <summary>
    /// Creates the handler of a reverse proxy that forwards requests to services of the application only. The trace context,
    /// the baggage and the service key replace those that the caller sent.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="primaryHandler">The handler that sends the requests. It must not follow redirects.</param>
    /// <returns>The handler.</returns>
    public static DelegatingHandler CreateServiceCallHandler(this IServiceProvider services, HttpMessageHandler primaryHandler) =>
        new ServiceCallHandler(service: null, services.GetRequiredService<ServiceKey>()) { InnerHandler = primaryHandler };

    internal static void AddPropagation(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<ServiceKeyOptions, ServiceKeyOptionsValidator>()
            .BindConfiguration(ServiceKeyOptions.Section);
        builder.Services.AddSingleton(services => new ServiceKey(services.GetRequiredService<IOptions<ServiceKeyOptions>>()));
        builder.Services.Replace(ServiceDescriptor.Singleton<DistributedContextPropagator, InboundPropagator>());
    }

    /// <summary>Adds the request id to the journey and to the response. First in the pipeline, so that error responses carry it.</summary>
    internal static void UsePropagation(this WebApplication app)
    {
        var propagator = app.Services.GetRequiredService<DistributedContextPropagator>();
        app.Use(next => context =>
        {
            // The propagator did it already, unless neither traces nor logs are enabled: ASP.NET Core then does not call it.
            if (JourneyContext.Current.RequestId is null)
            {
                propagator.ExtractTraceIdAndState(context.Request.Headers, GetHeader, out _, out _);
            }

            if (Activity.Current is { IsAllDataRequested: true } span)
            {
                context.LinkCaller(span);
            }

            context.Response.OnStarting(static state =>
            {
                ((HttpContext)state).Response.Headers[RequestId.HeaderName] = JourneyContext.Current.RequestId;
                return Task.CompletedTask;
            }, context);
            return next(context);
        });
    }

    /// <summary>Links the span of a request to that of its caller, whose trace is not continued.</summary>
    internal static void LinkCaller(this HttpContext context, Activity request)
    {
        if (!request.HasRemoteParent && GetCaller(context.Request) is { } caller)
        {
            request.AddLink(new ActivityLink(caller));
        }
    }

    /// <summary>
    /// Gets the span of a caller whose trace is not continued. Its flags and its trace state are left out: a link is only an id to search
    /// for.
    /// </summary>
    private static ActivityContext? GetCaller(HttpRequest request) =>
        ActivityContext.TryParse(request.Headers["traceparent"], null, isRemote: true, out var caller)
            ? new ActivityContext(caller.TraceId, caller.SpanId, ActivityTraceFlags.None, isRemote: true)
            : null;

    private static void GetHeader(object? carrier, string name, out string? value, out IEnumerable<string>? values)
    {
        values = null;
        value = ((IHeaderDictionary)carrier!)[name];
    }
}
