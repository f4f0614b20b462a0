using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Shop.Telemetry.Propagation;
using Shop.Tests.Support;
using Shop.Web.Authentication;

namespace Shop.Tests.Unit.Architecture;

/// <summary>The access rules of every endpoint of every service.</summary>
public sealed class EndpointAuthorizationTests
{
    private static readonly string _signingKey = Convert.ToBase64String(new byte[32]);

    // Everybody may call these. Think twice before you add one.
    private static readonly Dictionary<string, string[]> _anonymous = new()
    {
        ["catalog"] =
        [
            "GET /api/v1/categories",
            "GET /api/v1/products",
            "GET /api/v1/products/{sku}",
        ],
        ["cart"] =
        [
            "GET /api/v1/carts/{cartId}",
            "PUT /api/v1/carts/{cartId}/lines/{sku}",
            "POST /api/v1/carts/{cartId}/lines/{sku}",
            "DELETE /api/v1/carts/{cartId}/lines/{sku}",
            "POST /api/v1/carts/{cartId}/merge",
        ],
        ["orders"] =
        [
            "GET /api/v1/orders/{orderId:guid}",
            "POST /api/v1/orders/{orderId:guid}/cancel",
            "POST /payment/confirm",
        ],
        ["identity"] =
        [
            "GET /sso/authorize",
            "POST /sso/token",
            "GET /sso/logout",
            "GET /sso/login",
            "POST /sso/login",
            "GET /sso/register",
            "POST /sso/register",
            "GET /_framework/opaque-redirect",
        ],
        //#if (storefront)
        ["storefront"] =
        [
            "GET /login",
            "GET /login/failed",
            "POST /login/failed",
            "GET /logout",
            "POST /logout",
            "GET /",
            "GET /products",
            "GET /products/{Sku}",
            "GET /cart",
            "POST /cart/add",
            "POST /cart/change",
            "GET /checkout",
            "POST /checkout",
            "GET /checkout/payment",
            "POST /checkout/payment",
            "GET /orders",
            "POST /events", // from pages of this origin, in a session
            "GET /orders/{OrderId:guid}",
            "GET /orders/{orderId:guid}/status",
            "POST /orders/{orderId:guid}/cancel",
            "GET /_framework/opaque-redirect", // a redirect of enhanced navigation, whose address is protected
            // Forwarded: the services decide.
            "* /api/v1/admin/orders/{**rest}",
            "* /api/v1/admin/products/{**rest}",
            "* /api/v1/carts/{cartId}/checkout",
            "* /api/v1/carts/{cartId}/{**rest}",
            "* /api/v1/categories",
            "* /api/v1/orders/{**rest}",
            "* /api/v1/products/{**rest}",
            "* /payment/confirm",
            "* /sso/{**rest}",
        ],
        //#endif
        //#if (withInsights)
        ["insights"] = ["GET /switch-account"], // leads to the provider
        //#endif
    };

    // Everybody may call these without a token, and members with theirs.
    private static readonly string[] _guestsAndMembers = ["POST /api/v1/carts/{cartId}/checkout"];

    private static readonly string[] _members = ["GET /api/v1/orders"];

    private static readonly string[] _anonymousEverywhere = ["GET /health", "GET /alive", "GET /admin/health"];

    private static readonly string[] _anonymousInDevelopment =
    [
        "GET /openapi/{documentName}.json", "GET /scalar/{documentName?}", "GET /scalar/scalar.js", "GET /scalar/scalar.aspnetcore.js",
        "GET /scalar/favicon.svg",
    ];

    public static TheoryData<string, string> Services
    {
        get
        {
            var services = new TheoryData<string, string>();
            foreach (var service in InProcessService.Names)
            {
                services.Add(service, "Development");
                services.Add(service, "Production");
            }

            return services;
        }
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task Endpoint_is_on_the_list_of_anonymous_ones_or_refuses_strangers_and_members(string service, string environment)
    {
        using var app = InProcessService.Start(service, environment, BearerTokens.Settings(_signingKey));
        var endpoints = app.Endpoints;

        Assert.NotEmpty(endpoints);
        Assert.Equal(
            _anonymous[service]
                .Concat(_anonymousEverywhere)
                .Concat(environment == "Development" && service is not ("identity" or "storefront") ? _anonymousInDevelopment : [])
                .Order(StringComparer.Ordinal),
            endpoints.Where(IsAnonymous).SelectMany(GetNames).Order(StringComparer.Ordinal));

        var refusing = endpoints.Where(endpoint => !IsAnonymous(endpoint)).ToList();
        Assert.Equal(service is "identity" or "storefront", refusing.Count == 0); // everybody may see the pages
        foreach (var endpoint in refusing)
        {
            var isOpenToGuests = GetNames(endpoint).Any(_guestsAndMembers.Contains);
            var isOpenToMembers = isOpenToGuests || GetNames(endpoint).Any(_members.Contains);
            // A token does not prove that its bearer is a service.
            var refusal = IsForServices(endpoint) ? HttpStatusCode.Unauthorized : HttpStatusCode.Forbidden;
            AssertAnswer(isOpenToGuests ? null : HttpStatusCode.Unauthorized, await SendAsync(app, endpoint, token: null));
            AssertAnswer(isOpenToMembers ? null : refusal, await SendAsync(app, endpoint, BearerTokens.Create(_signingKey, "member")));
            AssertAnswer(refusal, await SendAsync(app, endpoint, BearerTokens.Create(_signingKey)));
        }

        static void AssertAnswer(HttpStatusCode? refusal, HttpStatusCode actual)
        {
            if (refusal is not null)
            {
                Assert.Equal(refusal, actual);
            }
            else
            {
                Assert.NotEqual(HttpStatusCode.Unauthorized, actual);
                Assert.NotEqual(HttpStatusCode.Forbidden, actual);
            }
        }
    }

    [Theory]
    [InlineData("another key")]
    [InlineData("expired")]
    public async Task Checkout_with_an_invalid_token_is_refused_with_problem_details(string reason)
    {
        using var cart = InProcessService.Start("cart", settings: BearerTokens.Settings(_signingKey));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/carts/c1/checkout");
        request.Headers.Authorization = new("Bearer", reason == "expired"
            ? BearerTokens.Create(_signingKey, "member", expires: DateTime.UtcNow.AddMinutes(-10))
            : BearerTokens.Create(Convert.ToBase64String([.. Enumerable.Repeat((byte)1, 32)]), "member"));

        using var response = await cart.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Contains("invalid_token", Assert.Single(response.Headers.WwwAuthenticate).Parameter, StringComparison.Ordinal);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Endpoint_for_services_refuses_staff_and_a_wrong_key_and_accepts_the_key()
    {
        const string Key = "the-service-key-of-this-test-----";
        using var catalog = InProcessService.Start(
            "catalog", settings: [("Shop:ServiceKey", Key), .. BearerTokens.Settings(_signingKey)]);
        var endpoint = catalog.Endpoints.Single(
            endpoint => endpoint.RoutePattern.RawText!.EndsWith("/GetProduct", StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(catalog, endpoint, BearerTokens.Create(_signingKey, "staff")));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(catalog, endpoint, token: null, serviceKey: Key + "x"));
        // The status of a gRPC call is in its trailers: here that the body is no message.
        Assert.Equal(HttpStatusCode.OK, await SendAsync(catalog, endpoint, token: null, serviceKey: Key));
    }

    [Theory]
    [InlineData("another key")]
    [InlineData("another audience")]
    [InlineData("another issuer")]
    [InlineData("expired")]
    [InlineData("unsigned")]
    public async Task Token_of_staff_that_is_not_valid_for_the_shop_is_refused(string reason)
    {
        using var orders = InProcessService.Start("orders", settings: BearerTokens.Settings(_signingKey));
        var token = reason switch
        {
            "another key" => BearerTokens.Create(Convert.ToBase64String([.. Enumerable.Repeat((byte)1, 32)]), "staff"),
            "another audience" => BearerTokens.Create(_signingKey, "staff", audience: "another"),
            "another issuer" => BearerTokens.Create(_signingKey, "staff", issuer: "another"),
            "expired" => BearerTokens.Create(_signingKey, "staff", expires: DateTime.UtcNow.AddMinutes(-10)),
            // {"alg":"none"}
            _ => $"eyJhbGciOiJub25lIn0.{BearerTokens.Create(_signingKey, "staff").Split('.')[1]}.",
        };

        Assert.Equal(HttpStatusCode.Unauthorized, await GetOrdersAsync(orders, token));
    }

    [Fact]
    public async Task Every_token_is_refused_where_bearer_authentication_is_not_configured()
    {
        using var orders = InProcessService.Start("orders");

        Assert.Equal(HttpStatusCode.Unauthorized, await GetOrdersAsync(orders, BearerTokens.Create(_signingKey, "staff")));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetOrdersAsync(orders, token: null));
    }

    [Fact]
    public async Task Refusal_is_problem_details_and_names_the_scheme()
    {
        using var orders = InProcessService.Start("orders", settings: BearerTokens.Settings(_signingKey));

        using var response = await orders.Client.GetAsync("/api/v1/admin/orders");

        Assert.Equal("Bearer", Assert.Single(response.Headers.WwwAuthenticate).Scheme);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Path_that_does_not_exist_and_method_that_is_not_allowed_are_not_answered_with_401()
    {
        using var orders = InProcessService.Start("orders");

        using var unknown = await orders.Client.GetAsync("/api/v1/nowhere");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        using var notAllowed = await orders.Client.DeleteAsync("/payment/confirm");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, notAllowed.StatusCode);
    }

    private static bool IsAnonymous(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null;

    private static bool IsGrpc(RouteEndpoint endpoint) => endpoint.DisplayName!.StartsWith("gRPC", StringComparison.Ordinal);

    private static bool IsForServices(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Any(data => data.Policy == AuthorizationPolicies.Service);

    // GET /api/v1/products; * for all methods.
    private static IEnumerable<string> GetNames(RouteEndpoint endpoint) =>
        GetMethods(endpoint).Select(method => $"{method} /{endpoint.RoutePattern.RawText!.TrimStart('/')}");

    private static IReadOnlyList<string> GetMethods(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods is { Count: > 0 } methods ? methods : ["*"];

    private static Task<HttpStatusCode> GetOrdersAsync(InProcessService service, string? token) =>
        SendAsync(service, HttpMethod.Get, "/api/v1/admin/orders", "application/json", token);

    private static Task<HttpStatusCode> SendAsync(
        InProcessService service, RouteEndpoint endpoint, string? token, string? serviceKey = null)
    {
        // {orderId:guid} and {sku}: a GUID is a valid value of both.
        var path = Regex.Replace(endpoint.RoutePattern.RawText!, @"\{[^}]+\}", "00000000-0000-0000-0000-000000000001");
        var method = GetMethods(endpoint)[0] is "*" ? HttpMethod.Post : new(GetMethods(endpoint)[0]);
        return SendAsync(service, method, path, IsGrpc(endpoint) ? "application/grpc" : "application/json", token, serviceKey);
    }

    private static async Task<HttpStatusCode> SendAsync(
        InProcessService service, HttpMethod method, string path, string contentType, string? token, string? serviceKey = null)
    {
        using var request = new HttpRequestMessage(method, path) { Version = HttpVersion.Version20 };
        if (method != HttpMethod.Get)
        {
            request.Content = new StringContent("{}", MediaTypeHeaderValue.Parse(contentType));
        }

        request.Headers.Authorization = token is null ? null : new("Bearer", token);
        if (serviceKey is not null)
        {
            request.Headers.Add(ServiceKey.HeaderName, serviceKey);
        }

        using var response = await service.Client.SendAsync(request);
        return response.StatusCode;
    }
}
