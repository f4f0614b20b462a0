using System.Net;
using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Integration.Storefront;

/// <summary>Two versions of Cart, as <c>./run --canary</c> starts them.</summary>
[Trait("Category", "Long")]
public sealed class CanaryReleaseTests
{
    [Fact]
    public async Task Canary_with_a_fifth_of_errors_is_rolled_back_gets_no_messages_and_its_sessions_keep_their_carts()
    {
        await using var shop = await CanaryApp.StartAsync("cart=Shop__SimulatedFaults__ErrorShare=0.2");
        using var staff = shop.CreateStaffClient("storefront", "management");
        var sku = await shop.AnyProductAsync();

        var buyers = new List<Browser>();
        for (var i = 0; i < 10; i++)
        {
            buyers.Add(new Browser(shop));
            await AddToCartAsync(buyers[i], sku);
        }

        var state = await VisitUntilRolledBackAsync(shop, staff);

        var decision = state.GetProperty("decisions").EnumerateArray().Last();
        Assert.Equal("errors", decision.GetProperty("reason").GetString());
        Assert.True(decision.GetProperty("canary").GetProperty("errors").GetInt32() > 0);
        await using var broker = await BrokerClient.OpenAsync(shop);
        Assert.Equal(1u, await broker.CountConsumersAsync("cart-order-confirmed"));
        await Eventually.ReadAsync(
            shop.Telemetry.LatestSpansAsync,
            spans => spans.Any(span => span.Service == "cart" && span.Attributes.GetValueOrDefault("shop.release.track") == "canary"));
        foreach (var buyer in buyers)
        {
            await buyer.OpenAsync("/cart");
            Assert.Equal(HttpStatusCode.OK, buyer.Status);
            Assert.Contains(sku, buyer.Page, StringComparison.Ordinal);
            buyer.Dispose();
        }
    }

    [Fact]
    public async Task Canary_of_another_checkout_runs_its_project_waits_for_what_the_service_waits_for_and_is_called_by_the_storefront()
    {
        var checkout = Directory.CreateTempSubdirectory("shop-tests-");
        try
        {
            var project = Path.Combine(checkout.CreateSubdirectory("Shop.Cart").FullName, "Shop.Cart.csproj");
            Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(project)!, "Properties"));
            foreach (var file in (string[])
                ["Shop.Cart.csproj", "appsettings.json", "appsettings.Development.json", "Properties/launchSettings.json"])
            {
                File.Copy(Path.Combine(Repository.Root, "Shop.Cart", file), Path.Combine(Path.GetDirectoryName(project)!, file));
            }

            await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Shop_AppHost>(
            [
                "--data", checkout.CreateSubdirectory("data").FullName,
                "--infrastructure", "containers",
                "--canary", $"cart={checkout.FullName}",
            ]);

            var services = builder.Resources.OfType<ProjectResource>().ToDictionary(service => service.Name);
            Assert.Equal(project, services["cart-canary"].GetProjectMetadata().ProjectPath);
            Assert.NotEmpty(GetDependencies(services["cart"]));
            Assert.Equal(GetDependencies(services["cart"]), GetDependencies(services["cart-canary"]));
            var callers = services.Values.Where(service => IsCallerOf(service, "cart-canary"));
            Assert.Equal(["storefront"], callers.Select(service => service.Name));
            // Aspire evaluates such an annotation once, for one resource: the other would start without the variable.
            var callbacks = services["cart"].Annotations.OfType<EnvironmentCallbackAnnotation>().ToList();
            Assert.NotEmpty(callbacks);
            Assert.Empty(callbacks.Intersect(services["cart-canary"].Annotations.OfType<EnvironmentCallbackAnnotation>()));
        }
        finally
        {
            checkout.Delete(recursive: true);
        }

        static bool IsCallerOf(ProjectResource service, string other) => service.Annotations.OfType<ResourceRelationshipAnnotation>()
            .Any(relationship => relationship.Resource.Name == other && relationship.Type == "Reference");

        static IEnumerable<string> GetDependencies(ProjectResource service) =>
            service.Annotations.OfType<WaitAnnotation>().Select(wait => wait.Resource.Name);
    }

    // The canary fails every fifth time.
    private static Task<string> AddToCartAsync(Browser buyer, string sku) => Eventually.ReadAsync(
        async () =>
        {
            await buyer.OpenAsync($"/products/{sku}");
            await buyer.SubmitAsync(("quantity", "1"));
            return buyer.Address;
        },
        address => address.Contains("added=1", StringComparison.Ordinal));

    private static async Task<JsonElement> VisitUntilRolledBackAsync(ShopApp shop, HttpClient staff)
    {
        // Without cookies, each request is a session.
        using var storefront = new HttpClient(new SocketsHttpHandler { UseCookies = false })
        {
            BaseAddress = shop.App.GetEndpoint("storefront", "http"),
        };
        return await Eventually.ReadAsync(
            async () =>
            {
                await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
                {
                    using var response = await storefront.GetAsync($"/api/v1/carts/{Guid.NewGuid():n}");
                }));
                return JsonDocument.Parse(await staff.GetStringAsync("/admin/canary")).RootElement;
            },
            state => state.GetProperty("status").GetString() == "rolled_back");
    }

    private sealed class CanaryApp(string canary) : ShopApp, IAsyncDisposable
    {
        protected override string[] Arguments => ["--canary", canary];

        public static async Task<CanaryApp> StartAsync(string canary)
        {
            var app = new CanaryApp(canary);
            await app.InitializeAsync();
            return app;
        }

        protected override void Configure(IResourceBuilder<ProjectResource> service)
        {
            if (service.Resource.Name == "storefront")
            {
                service.WithEnvironment("Canary__Steps", "50")
                    .WithEnvironment("Canary__StepDuration", "00:00:01")
                    .WithEnvironment("Canary__MinSessions", "200");
            }
        }

        async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();
    }
}
