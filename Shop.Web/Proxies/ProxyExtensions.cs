using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shop.Telemetry.Propagation;
using Shop.Web.Proxies;

namespace Microsoft.Extensions.Hosting;

/// <summary>Finds the address and the scheme of a caller behind proxies.</summary>
public static class ProxyExtensions
{
    /// <summary>Adds the trusted proxies of <see cref="ProxyOptions"/>.</summary>
    public static void AddTrustedProxies(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<ProxyOptions, ProxyOptionsValidator>().BindConfiguration(ProxyOptions.Section);
        builder.Services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<ProxyOptions>>((headers, proxies) =>
        {
            // The chain is followed as far as its proxies are trusted.
            Trust(headers, proxies.Value.ParseTrusted()).ForwardLimit = null;
        });
    }

    /// <summary>
    /// Adds the middleware that replaces the address and the scheme of a trusted proxy by those of its caller. A service of the
    /// application, which proves with its key that it is one, is such a proxy at every address: the edge names the browser.
    /// </summary>
    public static void UseTrustedProxies(this WebApplication app)
    {
        var serviceKey = app.Services.GetRequiredService<ServiceKey>();
        app.UseWhen(
            context => serviceKey.IsValid(context.Request),
            static service =>
            {
                service.Use(static (context, next) =>
                {
                    if (context.Request.Headers.ContainsKey(ForwardedHeadersDefaults.XForwardedForHeaderName))
                    {
                        context.Items[typeof(ProxyExtensions)] = true;
                    }

                    return next(context);
                });
                // Without known proxies, the middleware of ASP.NET Core trusts its caller.
                service.UseForwardedHeaders(Trust(new ForwardedHeadersOptions(), []));
            });
        if (app.Services.GetRequiredService<IOptions<ProxyOptions>>().Value.ParseTrusted().Count > 0)
        {
            app.UseWhen(
                context => !serviceKey.IsValid(context.Request),
                static proxy => proxy.UseForwardedHeaders());
        }
    }

    /// <summary>Determines whether a service has forwarded the request of somebody else, and does not call for itself.</summary>
    /// <param name="context">The request.</param>
    public static bool IsForwardedByService(this HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Items.ContainsKey(typeof(ProxyExtensions));
    }

    private static ForwardedHeadersOptions Trust(ForwardedHeadersOptions headers, IReadOnlyList<System.Net.IPNetwork> networks)
    {
        headers.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
        // The default trusts loopback.
        headers.KnownProxies.Clear();
        headers.KnownIPNetworks.Clear();
        foreach (var network in networks)
        {
            headers.KnownIPNetworks.Add(network);
        }

        return headers;
    }
}
