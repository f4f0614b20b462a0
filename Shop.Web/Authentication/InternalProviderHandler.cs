namespace Shop.Web.Authentication;

/// <summary>
/// Sends the requests of a service to an OpenID Connect provider to an internal address of the provider, in place of the public address
/// that its metadata name. Only browsers then need the public one.
/// </summary>
/// <param name="authority">The public address of the provider.</param>
/// <param name="address">The address at which this service reaches the provider.</param>
public sealed class InternalProviderHandler(Uri authority, Uri address) : DelegatingHandler
{
    private const string MetadataPath = "/.well-known/openid-configuration";

    // The requests of browsers wait for the provider.
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(5);

    private readonly string _public = authority.AbsoluteUri.TrimEnd('/') + "/";
    private readonly string _internal = address.AbsoluteUri.TrimEnd('/') + "/";

    /// <summary>
    /// Creates the handler of a service whose settings name both addresses; <see langword="null"/> if the metadata are at the public one.
    /// </summary>
    /// <param name="authority">The public address of the provider.</param>
    /// <param name="metadataAddress">The address of the metadata.</param>
    internal static InternalProviderHandler? Create(string? authority, string? metadataAddress) =>
        Uri.TryCreate(authority, UriKind.Absolute, out var provider)
        && metadataAddress?.EndsWith(MetadataPath, StringComparison.Ordinal) == true
        && Uri.TryCreate(metadataAddress[..^MetadataPath.Length], UriKind.Absolute, out var address)
        && address != provider
            ? new InternalProviderHandler(provider, address)
            : null;

    /// <summary>Creates the client with which a service that signs people in calls its provider.</summary>
    /// <param name="authority">The public address of the provider.</param>
    /// <param name="service">
    /// The name of the provider's service, if it runs with the application; <see langword="null"/> to use the public address.
    /// </param>
    /// <param name="handler">The handler that sends the requests.</param>
    public static HttpClient CreateClient(Uri authority, string? service, HttpMessageHandler handler)
    {
        if (!string.IsNullOrEmpty(service))
        {
            var address = new Uri($"http://{service}{authority.AbsolutePath}");
            handler = new InternalProviderHandler(authority, address) { InnerHandler = handler };
        }

        return new HttpClient(handler) { Timeout = _timeout, MaxResponseContentBufferSize = 1024 * 1024 };
    }

    /// <inheritdoc />
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri?.AbsoluteUri.StartsWith(_public, StringComparison.OrdinalIgnoreCase) == true)
        {
            request.RequestUri = new Uri(_internal + request.RequestUri.AbsoluteUri[_public.Length..]);
        }

        return base.SendAsync(request, cancellationToken);
    }
}
