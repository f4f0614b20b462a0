using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Shop.Tests.Support;

namespace Shop.Tests.Integration.Support;

/// <summary>The whole application, started once: the real AppHost, servers, services and dashboard, with data of its own.</summary>
/// <remarks>
/// The servers are those that the AppHost picks: containers if Docker or Podman responds, local processes otherwise. The environment
/// variable <c>SHOP_TEST_INFRASTRUCTURE</c> (<c>containers</c> or <c>local</c>) overrides that choice.
/// </remarks>
public class ShopApp : IAsyncLifetime
{
    private static readonly TimeSpan _startTimeout = TimeSpan.FromMinutes(3);

    private static readonly string[] _requestLimits =
    [
        "Address__RequestsPerSecond", "Address__Burst", "Session__RequestsPerSecond", "Session__Burst",
        "RouteValues__cartId__RequestsPerSecond", "RouteValues__cartId__Burst",
    ];

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("shop-tests-");
    private DistributedApplication? _app;
    private IReadOnlyList<string> _volumes = [];

    public DistributedApplication App => _app ?? throw new InvalidOperationException("The application has not started.");

    public HttpClient Catalog => field ??= App.CreateHttpClient("catalog", "http");

    public HttpClient Cart => field ??= App.CreateHttpClient("cart", "http");

    public HttpClient Orders => field ??= App.CreateHttpClient("orders", "http");

    /// <summary>A client of the catalog with the token of staff.</summary>
    public HttpClient CatalogStaff => field ??= CreateStaffClient("catalog", "http");

    /// <summary>A client of the orders with the token of staff.</summary>
    public HttpClient OrdersStaff => field ??= CreateStaffClient("orders", "http");

    public DashboardTelemetry Telemetry => field ??= DashboardTelemetry.Of(App);

    /// <summary>The value of the AppHost's <c>--data</c> option.</summary>
    public string DataDirectory => _data.FullName;

    /// <summary>Returns the key with which a caller proves to be a service.</summary>
    public async Task<string> ServiceKeyAsync() =>
        (await App.Services.GetRequiredService<DistributedApplicationModel>().Resources.OfType<ParameterResource>()
            .Single(parameter => parameter.Name == "service-key").GetValueAsync(CancellationToken.None))!;

    /// <summary>Creates a client with the token of staff, as the line of the README does.</summary>
    public HttpClient CreateStaffClient(string service, string endpoint)
    {
        var signingKey = App.Services.GetRequiredService<IConfiguration>()["Authentication:Schemes:Bearer:SigningKeys:0:Value"]!;
        var client = App.CreateHttpClient(service, endpoint);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", BearerTokens.Create(signingKey, "staff"));
        return client;
    }

    /// <summary>Returns the connection string of Redis, RabbitMQ or a database.</summary>
    public async Task<string> ConnectionStringAsync(string resource) => (await App.GetConnectionStringAsync(resource))!;

    /// <summary>Returns the SKU of a product with more than 10 units available.</summary>
    public async Task<string> AnyProductAsync() => (await ProductsAsync(minAvailable: 11))[0];

    /// <summary>Returns the SKUs of the products with a number of units available, from the first page of the product list.</summary>
    public async Task<IReadOnlyList<string>> ProductsAsync(int minAvailable)
    {
        var page = await Catalog.GetFromJsonAsync<JsonElement>("/api/v1/products?limit=24");
        return
        [
            .. page.GetProperty("items").EnumerateArray()
                .Where(product => product.GetProperty("available").GetInt32() >= minAvailable)
                .Select(product => product.GetProperty("sku").GetString()!),
        ];
    }

    /// <summary>Configures a service for the tests of a derived fixture.</summary>
    protected virtual void Configure(IResourceBuilder<ProjectResource> service)
    {
    }

    public async Task InitializeAsync()
    {
        using var timeout = new CancellationTokenSource(_startTimeout);

        // As dotnet run does. The tests' output directory has the services' settings, whose Kestrel endpoints the AppHost would use.
        Directory.SetCurrentDirectory(Projects.Shop_AppHost.ProjectPath);

        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Shop_AppHost>(
            ["--data", _data.FullName, .. InfrastructureArguments()],
            (options, _) => options.DisableDashboard = false, // the dashboard receives the telemetry that the tests read
            timeout.Token);

        _volumes =
        [
            .. from resource in builder.Resources
               from mount in resource.Annotations.OfType<ContainerMountAnnotation>()
               where mount.Type is ContainerMountType.Volume && mount.Source?.Contains(_data.Name, StringComparison.Ordinal) == true
               select mount.Source,
        ];

        foreach (var service in builder.Resources.OfType<ProjectResource>())
        {
            // All test clients share one address, and one session of the edge, so the limits must not apply.
            var configured = builder.CreateResourceBuilder(service);
            foreach (var setting in _requestLimits)
            {
                configured.WithEnvironment($"Shop__RequestLimits__{setting}", "1000000");
            }

            Configure(configured);
        }

        _app = await builder.BuildAsync(timeout.Token);
        await _app.StartAsync(timeout.Token);
        foreach (var service in (string[])["catalog", "cart", "orders"])
        {
            await _app.ResourceNotifications.WaitForResourceHealthyAsync(service, timeout.Token);
        }
    }

    public async Task DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        foreach (var volume in _volumes)
        {
            await ContainerRuntime.RemoveVolumeAsync(volume);
        }

        _data.Delete(recursive: true);
    }

    private static string[] InfrastructureArguments() =>
        Environment.GetEnvironmentVariable("SHOP_TEST_INFRASTRUCTURE") is { Length: > 0 } infrastructure
            ? ["--infrastructure", infrastructure]
            : [];
}
