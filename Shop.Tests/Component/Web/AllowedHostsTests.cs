using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Web;

public sealed class AllowedHostsTests : IAsyncLifetime
{
    private readonly TestService _service = TestService.Build(
        map: app => app.MapGet("/api/items", () => ""),
        settings: [("Kestrel:Endpoints:management:Url", "http://127.0.0.1:0"), ("AllowedHosts", "shop.example;*.shop.example")]);

    public Task InitializeAsync() => _service.StartAsync();

    public async Task DisposeAsync() => await _service.DisposeAsync();

    [Theory]
    [InlineData("shop.example", HttpStatusCode.OK)]
    [InlineData("www.shop.example", HttpStatusCode.OK)]
    [InlineData("127.0.0.1", HttpStatusCode.BadRequest)]
    [InlineData("catalog", HttpStatusCode.BadRequest)]
    [InlineData("attacker.example", HttpStatusCode.BadRequest)]
    public async Task Caller_reaches_the_service_under_the_names_of_AllowedHosts_only(string host, HttpStatusCode status) =>
        Assert.Equal(status, await GetAsync("http", "/api/items", host));

    [Theory]
    [InlineData("http", "/api/items")]
    [InlineData("management", "/metrics")]
    [InlineData("management", "/admin/errors")]
    public async Task Refused_host_name_is_a_problem_and_a_line_of_the_request_log(string endpoint, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_service.GetAddress(endpoint), path));
        request.Headers.Host = "attacker.example";

        using var response = await _service.Client.SendAsync(request);

        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal("host_not_allowed", problem.RootElement.GetProperty("code").GetString());
        await _service.App.StopAsync();
        var record = Assert.Single(_service.Records, record => record.EventId.Name == "request.completed");
        Assert.Equal(400, record.Values()["StatusCode"]);
    }

    [Theory]
    [InlineData("http", "/health", "10.1.2.3")]
    [InlineData("http", "/alive", "10.1.2.3")]
    [InlineData("management", "/metrics", "10.1.2.3")]
    [InlineData("management", "/metrics", "catalog")]
    [InlineData("management", "/admin/health", "catalog")]
    public async Task Probes_and_Prometheus_reach_a_service_with_AllowedHosts_by_its_address_or_name(
        string endpoint, string path, string host) =>
        Assert.Equal(HttpStatusCode.OK, await GetAsync(endpoint, path, host));

    [Theory]
    [InlineData("http", "orders")]
    [InlineData("grpc", "catalog")]
    [InlineData("grpc", "10.1.2.3")]
    public async Task Other_services_reach_a_service_with_AllowedHosts_by_its_name_or_address(string endpoint, string host) =>
        Assert.Equal(HttpStatusCode.OK, await GetAsync(endpoint, "/api/items", host, TestService.ServiceKey));

    private async Task<HttpStatusCode> GetAsync(string endpoint, string path, string host, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_service.GetAddress(endpoint), path));
        request.Headers.Host = host;
        if (endpoint == "grpc")
        {
            (request.Version, request.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
        }

        if (key is not null)
        {
            request.Headers.Add("Shop-Service-Key", key);
        }

        using var response = await _service.Client.SendAsync(request);
        return response.StatusCode;
    }
}
