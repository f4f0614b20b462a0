using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Shop.Tests.Support;
using Shop.Web.Authentication;

namespace Shop.Tests.Component.Web;

/// <summary>Tokens of an OpenID Connect provider, which the service finds by <c>Authority</c>.</summary>
[Collection(TracingTestGroup.Name)]
public sealed class IdentityProviderTests : IAsyncLifetime
{
    private readonly RsaSecurityKey _key = new(RSA.Create(2048)) { KeyId = "1" };
    private TestService? _provider;
    private TestService? _service;

    private string Issuer => _provider!.GetAddress("http").ToString();

    public async Task InitializeAsync()
    {
        _provider = await TestService.Build(map: app =>
        {
            app.MapGet("/.well-known/openid-configuration", () => new { issuer = Issuer, jwks_uri = $"{Issuer}keys" });
            app.MapGet("/keys", () =>
            {
                var key = JsonWebKeyConverter.ConvertFromRSASecurityKey(_key);
                return new { keys = new[] { new { kty = key.Kty, kid = key.Kid, n = key.N, e = key.E } } };
            });
        }).StartAsync();
        _service = await StartAsync(Issuer);
    }

    public async Task DisposeAsync()
    {
        await _service!.DisposeAsync();
        await _provider!.DisposeAsync();
    }

    [Fact]
    public async Task Tokens_of_the_provider_are_accepted_and_no_others()
    {
        using var otherKey = RSA.Create(2048);

        Assert.Equal(HttpStatusCode.OK, await GetAsync("/api/staff", CreateToken(_key, "staff")));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync("/api/staff", CreateToken(_key, "member")));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync("/api/staff", CreateToken(_key, "staff", audience: "another")));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync("/api/staff", CreateToken(_key, "staff", issuer: "http://another/")));
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            await GetAsync("/api/staff", CreateToken(new(otherKey) { KeyId = "1" }, "staff")));
    }

    [Fact]
    public async Task Provider_that_is_down_does_not_break_what_needs_no_token()
    {
        await _service!.DisposeAsync();
        _service = await StartAsync("http://127.0.0.1:1/");

        Assert.Equal(HttpStatusCode.OK, await GetAsync("/api/open", CreateToken(_key, "staff")));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync("/api/staff", CreateToken(_key, "staff")));
    }

    [Fact]
    public async Task Provider_that_never_answers_delays_only_what_needs_a_token()
    {
        using var provider = new TcpListener(IPAddress.Loopback, 0);
        provider.Start();
        await _service!.DisposeAsync();
        _service = await StartAsync($"http://{provider.LocalEndpoint}/");

        Assert.Equal(HttpStatusCode.OK, await GetAsync("/api/open", CreateToken(_key, "staff")));
        Assert.Equal(HttpStatusCode.NotFound, await GetAsync("/api/nowhere", CreateToken(_key, "staff")));
        Assert.False(provider.Pending());
        // Not 503: the service gives up before the request takes too long.
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync("/api/staff", CreateToken(_key, "staff")));
        Assert.True(provider.Pending());
    }

    [Fact]
    public async Task Hundred_requests_wait_together_for_a_provider_that_never_answers()
    {
        using var provider = new TcpListener(IPAddress.Loopback, 0);
        provider.Start();
        await _service!.DisposeAsync();
        _service = await StartAsync($"http://{provider.LocalEndpoint}/");

        // The service waits for the provider for 2 s; one after the other, the requests would take more than 3 minutes.
        var statuses = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => GetAsync("/api/staff", CreateToken(_key, "staff"))))
            .WaitAsync(TimeSpan.FromSeconds(30));

        Assert.All(statuses, status => Assert.Equal(HttpStatusCode.Unauthorized, status));
    }

    [Fact]
    public async Task Configured_timeout_of_the_provider_replaces_the_default()
    {
        // Longer than the default timeout.
        await using var provider = await TestService.Build(map: app => app.MapGet("/.well-known/openid-configuration", async () =>
        {
            await Task.Delay(TimeSpan.FromSeconds(2.5));
            return new { issuer = Issuer, jwks_uri = $"{Issuer}keys" };
        })).StartAsync();
        await _service!.DisposeAsync();
        _service = await StartAsync(
            provider.GetAddress("http").ToString(), ("Authentication:Schemes:Bearer:BackchannelTimeout", "00:00:30"));

        Assert.Equal(HttpStatusCode.OK, await GetAsync("/api/staff", CreateToken(_key, "staff")));
    }

    [Fact]
    public async Task Tokens_are_accepted_as_soon_as_a_provider_that_was_down_answers()
    {
        var isDown = true;
        await using var provider = await TestService.Build(map: app =>
            app.MapGet("/.well-known/openid-configuration", () => isDown
                ? Results.StatusCode(500)
                : Results.Json(new { issuer = Issuer, jwks_uri = $"{Issuer}keys" }))).StartAsync();
        await _service!.DisposeAsync();
        _service = await StartAsync(provider.GetAddress("http").ToString());
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync("/api/staff", CreateToken(_key, "staff")));

        isDown = false;

        Assert.Equal(HttpStatusCode.OK, await GetAsync("/api/staff", CreateToken(_key, "staff")));
    }

    private static Task<TestService> StartAsync(string authority, params (string Name, string? Value)[] settings) => TestService.Build(
        map: app =>
        {
            app.MapGet("/api/staff", () => "").RequireAuthorization(AuthorizationPolicies.Staff);
            app.MapGet("/api/open", () => "").AllowAnonymous();
        },
        settings:
        [
            ("Authentication:Schemes:Bearer:Authority", authority),
            ("Authentication:Schemes:Bearer:RequireHttpsMetadata", "false"),
            ("Authentication:Schemes:Bearer:ValidAudiences:0", BearerTokens.Audience),
            .. settings,
        ]).StartAsync();

    private async Task<HttpStatusCode> GetAsync(string path, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new("Bearer", token);
        using var response = await _service!.Client.SendAsync(request);
        return response.StatusCode;
    }

    private string CreateToken(RsaSecurityKey key, string role, string audience = BearerTokens.Audience, string? issuer = null) =>
        new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer ?? Issuer,
            Audience = audience,
            Expires = DateTime.UtcNow.AddHours(1),
            Claims = new Dictionary<string, object> { ["sub"] = "test", ["role"] = role },
            SigningCredentials = new(key, SecurityAlgorithms.RsaSha256),
        });
}
