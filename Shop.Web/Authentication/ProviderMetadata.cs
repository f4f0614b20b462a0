using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Shop.Web.Authentication;

/// <summary>
/// The metadata and keys of the OpenID Connect provider. All requests that need them at the same time wait for one fetch, and no longer
/// than the timeout of the backchannel. The base class fetches once per request, one after the other, until a fetch succeeds.
/// </summary>
internal sealed class ProviderMetadata : ConfigurationManager<OpenIdConnectConfiguration>
{
    private readonly Lock _lock = new();
    private readonly TimeSpan _timeout;
    private Task<OpenIdConnectConfiguration>? _fetch;

    public ProviderMetadata(JwtBearerOptions options)
        : base(
            options.MetadataAddress,
            new OpenIdConnectConfigurationRetriever(),
            new HttpDocumentRetriever(options.Backchannel) { RequireHttps = options.RequireHttpsMetadata })
    {
        _timeout = options.BackchannelTimeout;
        RefreshInterval = options.RefreshInterval;
        AutomaticRefreshInterval = options.AutomaticRefreshInterval;
    }

    /// <inheritdoc/>
    public override Task<OpenIdConnectConfiguration> GetConfigurationAsync(CancellationToken cancel)
    {
        lock (_lock)
        {
            if (_fetch is null or { IsCompleted: true })
            {
                // The request that starts the fetch may be aborted, and the others still wait for it.
                _fetch = base.GetConfigurationAsync(CancellationToken.None);
            }

            return _fetch.WaitAsync(_timeout, cancel);
        }
    }
}
