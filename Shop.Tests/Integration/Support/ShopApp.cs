using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
//#if (storefront)
using Shop.Storefront.Experiments;
//#endif
using Shop.Tests.Support;

namespace Shop.Tests.Integration.Support;

/// <summary>The whole application, started once: the real AppHost, servers, services and dashboard, with data of its own.</summary>
/// <remarks>
/// The servers are those that the AppHost picks: containers if Docker or Podman responds, local processes otherwise. The environment
/// variable <c>SHOP_TEST_INFRASTRUCTURE</c> (<c>containers</c> or <c>local</c>) overrides that choice.
/// </remarks>
public class ShopApp : IAsyncLifetime
{
    /// <summary>The time that the application takes to start at most, beside other tests on two cores.</summary>
    public static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(5);

    private static readonly string[] _requestLimits =
    [
        "Address__RequestsPerSecond", "Address__Burst", "Session__RequestsPerSecond", "Session__Burst",
        "RouteValues__cartId__RequestsPerSecond", "RouteValues__cartId__Burst",
    ];

    // One after the other: the AppHost depends on the current directory, and each start needs all cores.
    private static readonly SemaphoreSlim _starting = new(1, 1);

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("shop-tests-");
    private DistributedApplication? _app;
    private IReadOnlyList<string> _volumes = [];
    private string? _staffToken;

    // Tests need tokens of members that the provider does not have.
    private readonly string _signingKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    public DistributedApplication App => _app ?? throw new InvalidOperationException("The application has not started.");

    public HttpClient Catalog => field ??= App.CreateHttpClient(GetWayTo("catalog"), "http");

    public HttpClient Cart => field ??= App.CreateHttpClient(GetWayTo("cart"), "http");

    public HttpClient Orders => field ??= App.CreateHttpClient(GetWayTo("orders"), "http");

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

    /// <summary>Creates a client with the token of staff, which the provider issued at the start.</summary>
    public HttpClient CreateStaffClient(string service, string endpoint) => CreateClient(service, endpoint, _staffToken!);

    /// <summary>Creates a client of the public endpoint of a service, with the token of a member.</summary>
    /// <param name="service">The service.</param>
    /// <param name="subject">The member: the subject of the token.</param>
    /// <param name="expires">When the token expires; null for a token that is valid.</param>
    public HttpClient CreateMemberClient(string service, string subject, DateTime? expires = null) =>
        CreateClient(service, "http", BearerTokens.Create(_signingKey, "member", subject: subject, expires: expires));

    /// <summary>Requests a token of staff, as the command in the README does.</summary>
    public async Task<string> RequestStaffTokenAsync()
    {
        using var identity = App.CreateHttpClient("identity", "http");
        using var response = await identity.PostAsync("/sso/token", new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = "shop-tools",
            ["client_secret"] = App.Services.GetRequiredService<IConfiguration>()["Parameters:shop-tools-secret"]!,
            ["scope"] = "staff",
        }));
        var token = await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
        return token.GetProperty("access_token").GetString()!;
    }

    private HttpClient CreateClient(string service, string endpoint, string token)
    {
        var client = App.CreateHttpClient(service, endpoint);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
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

    /// <summary>Further arguments of the AppHost.</summary>
    protected virtual string[] Arguments => [];

    /// <summary>Returns the service through which clients of the public API reach a service: the service itself, by default.</summary>
    protected virtual string GetWayTo(string service) => service;

    /// <summary>Configures a service for the tests of a derived fixture.</summary>
    protected virtual void Configure(IResourceBuilder<ProjectResource> service)
    {
    }

    public async Task InitializeAsync()
    {
        await _starting.WaitAsync();
        try
        {
            await StartAsync();
        }
        finally
        {
            _starting.Release();
        }
    }

    private async Task StartAsync()
    {
        using var timeout = new CancellationTokenSource(StartTimeout);

        // As dotnet run does. The tests' output directory has the services' settings, whose Kestrel endpoints the AppHost would use.
        Directory.SetCurrentDirectory(Projects.Shop_AppHost.ProjectPath);

        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Shop_AppHost>(
            ["--data", _data.FullName, .. InfrastructureArguments(), .. Arguments],
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

            //#if (storefront)
            // Every visitor sees the same pages, unless a test forces a variant.
            foreach (var experiment in Enumerable.Range(0, ShopExperiments.All.Count))
            {
                configured.WithEnvironment($"feature_management__feature_flags__{experiment}__enabled", "false");
            }

            //#endif
            configured
                .WithEnvironment("Authentication__Schemes__Bearer__ValidIssuers__0", BearerTokens.Issuer)
                .WithEnvironment("Authentication__Schemes__Bearer__SigningKeys__0__Issuer", BearerTokens.Issuer)
                .WithEnvironment("Authentication__Schemes__Bearer__SigningKeys__0__Value", _signingKey);
            if (service.Name == "identity")
            {
                configured.WithEnvironment("Identity__AttemptsPerMinute", "1000000");
                // The tests take longer than the default.
                configured.WithEnvironment("Identity__AccessTokenLifetime", "1.00:00:00");
            }

            // Tests make orders overdue, and reservations expire, in the database.
            configured
                .WithEnvironment("Orders__OverdueCheckInterval", "00:00:02")
                .WithEnvironment("Stock__ExpirationCheckInterval", "00:00:02");

            if (service.Name == "storefront")
            {
                // For simulated visitors. All others, who have no such User-Agent, notice nothing of it.
                configured.WithEnvironment("SyntheticVisitors__Enabled", "true");
            }

            Configure(configured);
        }

        _app = await builder.BuildAsync(timeout.Token);
        await _app.StartAsync(timeout.Token);
        foreach (var service in InProcessService.Names)
        {
            await _app.ResourceNotifications.WaitForResourceHealthyAsync(service, timeout.Token);
        }

        _staffToken = await RequestStaffTokenAsync();
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
