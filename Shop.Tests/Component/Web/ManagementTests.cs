using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Web;

[Collection(TracingTestGroup.Name)]
public sealed class ManagementTests : IAsyncLifetime
{
    private static readonly string _signingKey = Convert.ToBase64String(new byte[32]);

    private TestService? _service;
    private int _cleared;

    public async Task InitializeAsync() => _service = await TestService.Build(
        builder => builder.Services.AddManagementEndpoints(admin => admin.MapPost("/clear", () => Interlocked.Increment(ref _cleared))),
        settings:
        [
            ("Kestrel:Endpoints:management:Url", "http://127.0.0.1:0"),
            .. BearerTokens.Settings(_signingKey),
        ]).StartAsync();

    public async Task DisposeAsync() => await _service!.DisposeAsync();

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("[::1]", true)]
    [InlineData("localhost", true)]
    [InlineData("cart", true)]
    [InlineData("cart-shop.dev.localhost", true)]
    [InlineData("rebound.attacker.example", false)]
    [InlineData("localhost.attacker.example", false)]
    [InlineData("attacker.example.", false)]
    public async Task Management_endpoint_refuses_host_names_of_untrusted_callers(string host, bool allowed)
    {
        foreach (var path in (string[])["/metrics", "/admin/health"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, GetAddress(path));
            request.Headers.Host = host;
            using var response = await _service!.Client.SendAsync(request);
            Assert.Equal(allowed ? HttpStatusCode.OK : HttpStatusCode.BadRequest, response.StatusCode);
        }
    }

    [Fact]
    public async Task Management_endpoint_answers_at_the_names_of_AllowedHosts()
    {
        await using var service = await TestService.Build(
            settings: [("Kestrel:Endpoints:management:Url", "http://127.0.0.1:0"), ("AllowedHosts", "*.internal.example")]).StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(service.GetAddress("management"), "/metrics"));
        request.Headers.Host = "cart.internal.example";
        using var response = await service.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Page_of_another_site_changes_nothing()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, GetAddress("/admin/clear"));
        request.Headers.Add("Origin", "https://attacker.example");
        request.Headers.Add("Cookie", "shop-session=1");
        using var response = await _service!.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(0, _cleared);
    }

    [Theory]
    [InlineData("staff", HttpStatusCode.OK, 1)]
    [InlineData("member", HttpStatusCode.Forbidden, 0)]
    public async Task Operation_needs_the_token_of_staff(string role, HttpStatusCode status, int cleared)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, GetAddress("/admin/clear"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", BearerTokens.Create(_signingKey, role));
        using var response = await _service!.Client.SendAsync(request);

        Assert.Equal(status, response.StatusCode);
        Assert.Equal(cleared, _cleared);
    }

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/admin/health")]
    public async Task What_needs_no_token_is_read_only(string path)
    {
        using var response = await _service!.Client.PostAsync(GetAddress(path), null);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Contains("GET", response.Content.Headers.Allow);
    }

    [Theory]
    [InlineData("POST", "/admin/clear")]
    [InlineData("GET", "/admin/clear")]
    [InlineData("GET", "/metrics")]
    [InlineData("POST", "/metrics")]
    public async Task Paths_of_the_management_endpoint_do_not_exist_elsewhere(string method, string path)
    {
        using var request = new HttpRequestMessage(new(method), path);
        using var response = await _service!.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
    }

    private Uri GetAddress(string path) => new(_service!.GetAddress("management"), path);
}
