using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
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
            headers.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            // The chain is followed as far as its proxies are trusted.
            headers.ForwardLimit = null;
            // The default trusts loopback.
            headers.KnownProxies.Clear();
            headers.KnownIPNetworks.Clear();
            foreach (var network in proxies.Value.ParseTrusted())
            {
                headers.KnownIPNetworks.Add(network);
            }
        });
    }

    /// <summary>Adds the middleware that replaces the address and the scheme of a trusted proxy by those of its caller.</summary>
    public static void UseTrustedProxies(this WebApplication app)
    {
        // With no proxy at all, the middleware of ASP.NET Core trusts everybody.
        if (app.Services.GetRequiredService<IOptions<ProxyOptions>>().Value.ParseTrusted().Count > 0)
        {
            app.UseForwardedHeaders();
        }
    }
}
