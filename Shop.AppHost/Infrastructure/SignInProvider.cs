namespace Shop.AppHost.Infrastructure;

/// <summary>The OpenID Connect provider that visitors sign in to and whose tokens the services accept.</summary>
internal sealed class SignInProvider
{
    private const string MetadataPath = "/.well-known/openid-configuration";

    private readonly IResourceBuilder<ProjectResource>? _identity;
    private readonly ReferenceExpression _authority;
    private readonly ReferenceExpression? _metadataAddress;
    private readonly string _clientId;
    private readonly IResourceBuilder<ParameterResource> _clientSecret;

    private SignInProvider(
        IResourceBuilder<ProjectResource>? identity,
        ReferenceExpression authority,
        ReferenceExpression? metadataAddress,
        string clientId,
        IResourceBuilder<ParameterResource> clientSecret) =>
        (_identity, _authority, _metadataAddress, _clientId, _clientSecret) =
            (identity, authority, metadataAddress, clientId, clientSecret);

    /// <summary>
    /// Returns the provider that runs with the application. Browsers reach it through the storefront, services directly: they need no
    /// public address.
    /// </summary>
    /// <param name="identity">The provider.</param>
    /// <param name="publicUrl">The address of the storefront, without a slash at the end.</param>
    /// <param name="clientSecret">The secret of the client <c>storefront</c>.</param>
    public static SignInProvider Of(
        IResourceBuilder<ProjectResource> identity, ReferenceExpression publicUrl, IResourceBuilder<ParameterResource> clientSecret) =>
        new(
            identity,
            ReferenceExpression.Create($"{publicUrl}/sso"),
            ReferenceExpression.Create($"{identity.GetEndpoint("http").Property(EndpointProperty.Url)}/sso{MetadataPath}"),
            "storefront",
            clientSecret);

    /// <summary>Returns an external provider.</summary>
    /// <param name="authority">The address of the provider, such as <c>https://login.example.com/shop</c>.</param>
    /// <param name="clientId">The id of the storefront at the provider.</param>
    /// <param name="clientSecret">The secret of the storefront at the provider.</param>
    public static SignInProvider External(string authority, string clientId, IResourceBuilder<ParameterResource> clientSecret) =>
        new(null, ReferenceExpression.Create($"{authority}"), null, clientId, clientSecret);

    /// <summary>Makes a service accept the tokens of the provider.</summary>
    public void AcceptTokens(IResourceBuilder<ProjectResource> service)
    {
        const string Bearer = "Authentication__Schemes__Bearer__";
        service.WithEnvironment($"{Bearer}Authority", _authority).WithEnvironment($"{Bearer}ValidAudiences__0", "shop");
        if (_metadataAddress is not null)
        {
            service.WithEnvironment($"{Bearer}ValidIssuer", _authority)
                .WithEnvironment($"{Bearer}MetadataAddress", _metadataAddress)
                .WithEnvironment($"{Bearer}RequireHttpsMetadata", "false");
        }
    }

    /// <summary>Makes the storefront sign visitors in at the provider.</summary>
    public void SignVisitorsIn(IResourceBuilder<ProjectResource> storefront) => storefront
        .WithEnvironment("SignIn__Authority", _authority)
        .WithEnvironment("SignIn__ClientId", _clientId)
        .WithEnvironment("SignIn__ClientSecret", _clientSecret)
        .WithEnvironment("SignIn__InternalService", _identity?.Resource.Name ?? "");

    /// <summary>Makes Insights sign staff in at the provider, and accept the tokens of staff.</summary>
    /// <param name="insights">The service.</param>
    /// <param name="clientSecret">The secret of the client <c>shop-insights</c>.</param>
    public void SignStaffIn(IResourceBuilder<ProjectResource> insights, IResourceBuilder<ParameterResource> clientSecret)
    {
        AcceptTokens(insights);
        insights
            .WithEnvironment("Insights__SignIn__Authority", _authority)
            .WithEnvironment("Insights__SignIn__ClientSecret", clientSecret);
        if (_identity is not null)
        {
            insights.WithEnvironment("Insights__SignIn__InternalService", _identity.Resource.Name).WithReference(_identity);
            _identity
                .WithEnvironment("Identity__InsightsUrl", insights.GetInsightsUrl())
                .WithEnvironment("Identity__InsightsSecret", clientSecret);
        }
    }
}
