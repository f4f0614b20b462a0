namespace Shop.Storefront.SignIn;

/// <summary>
/// Adds the access token of the signed-in member to the requests to a service. A token that has expired, because the provider is away, is
/// not sent: the service treats the member as a guest.
/// </summary>
internal sealed class MemberTokenHandler(IHttpContextAccessor http, TimeProvider time) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (http.HttpContext is { } context && MemberSession.FindToken(context, time.GetUtcNow()) is { } token)
        {
            request.Headers.Authorization = new("Bearer", token);
        }

        return base.SendAsync(request, cancellationToken);
    }
}

internal static class MemberTokenExtensions
{
    /// <summary>Makes a client send the access token of the member who is signed in.</summary>
    public static IHttpClientBuilder AddMemberToken(this IHttpClientBuilder client)
    {
        client.Services.AddHttpContextAccessor();
        client.Services.AddTransient<MemberTokenHandler>();
        return client.AddHttpMessageHandler<MemberTokenHandler>();
    }
}
