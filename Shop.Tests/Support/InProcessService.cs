using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shop.Cart.Carts;
using Shop.Catalog.Products;
using Shop.Orders.Ordering;
//#if (storefront)
using Shop.Storefront.Experiments;
//#endif
using Shop.Web.Management;

namespace Shop.Tests.Support;

/// <summary>A service of the shop as its Program builds it, in process and without servers: its background services do not run.</summary>
internal sealed class InProcessService : IDisposable
{
    private readonly IDisposable _factory;

    private InProcessService(IDisposable factory, HttpClient client, IServiceProvider services) =>
        (_factory, Client, Services) = (factory, client, services);

    /// <summary>The names of all services.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "catalog",
        "cart",
        "orders",
        "identity",
        //#if (storefront)
        "storefront",
        //#endif
        //#if (withInsights)
        "insights",
        //#endif
    ];

    public HttpClient Client { get; }

    public IServiceProvider Services { get; }

    /// <summary>The names of the services that describe an API with OpenAPI.</summary>
    public static IReadOnlyList<string> NamesWithApi { get; } = [.. Names.Except(["identity", "storefront"])];

    /// <summary>The routes of the service, those of the management endpoint included.</summary>
    public IReadOnlyList<RouteEndpoint> Endpoints =>
        [.. Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];

    /// <summary>Starts a service. Requests to <c>/admin</c> and <c>/metrics</c> arrive as those to the management endpoint.</summary>
    public static InProcessService Start(
        string service, string environment = "Production", params (string Name, string? Value)[] settings) => service switch
        {
            "catalog" => Start(new Factory<ProductPage>(environment, settings)),
            "cart" => Start(new Factory<CartView>(environment, settings)),
            "orders" => Start(new Factory<OrderPage>(environment, settings)),
            "identity" => Start(new Factory<Identity.Pages.App>(environment, settings)),
            //#if (storefront)
            "storefront" => Start(new Factory<Storefront.Pages.App>(environment, settings)),
            //#endif
            //#if (withInsights)
            "insights" => Start(new Factory<Insights.Pages.App>(environment, settings)),
            //#endif
            _ => throw new ArgumentException($"Unknown service {service}.", nameof(service)),
        };

    //#if (storefront)
    /// <summary>Starts the storefront on a free loopback port, which receives paths and headers as they are sent.</summary>
    public static InProcessService StartStorefront(string environment = "Production", params (string Name, string? Value)[] settings) =>
        StartOnPort(new Factory<Storefront.Pages.App>(environment, settings));

    //#endif
    //#if (withInsights)
    /// <summary>Starts Insights on a free loopback port, with the limits of its server.</summary>
    public static InProcessService StartInsights(string environment = "Production", params (string Name, string? Value)[] settings) =>
        StartOnPort(new Factory<Insights.Pages.App>(environment, settings));

    //#endif
    public void Dispose()
    {
        Client.Dispose();
        _factory.Dispose();
    }

    private static InProcessService StartOnPort<T>(Factory<T> factory) where T : class
    {
        factory.UseKestrel(0);
        factory.StartServer();
        var address = factory.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        var client = new HttpClient(new SocketsHttpHandler
        {
            ActivityHeadersPropagator = null,
            AllowAutoRedirect = false,
            UseCookies = false,
        })
        {
            BaseAddress = new(address),
        };
        return new(factory, client, factory.Services);
    }

    private static InProcessService Start<T>(Factory<T> factory) where T : class =>
        new(factory, factory.CreateClient(new() { AllowAutoRedirect = false, HandleCookies = false }), factory.Services);

    private sealed class Factory<T>(string environment, (string Name, string? Value)[] settings) : WebApplicationFactory<T>
        where T : class
    {
        private static readonly Dictionary<string, string?> _required = new()
        {
            ["ConnectionStrings:redis"] = "127.0.0.1:1,abortConnect=false",
            ["ConnectionStrings:rabbitmq"] = "amqp://guest:guest@127.0.0.1:1",
            ["ConnectionStrings:catalogdb"] = "Host=127.0.0.1;Port=1",
            ["ConnectionStrings:ordersdb"] = "Host=127.0.0.1;Port=1",
            ["ConnectionStrings:identitydb"] = "Host=127.0.0.1;Port=1",
            ["ConnectionStrings:insightsdb"] = "Host=127.0.0.1;Port=1",
            ["Identity:Issuer"] = "http://localhost/sso",
            ["Identity:SigningKey"] = new('k', 48),
            ["Identity:StorefrontSecret"] = new('k', 48),
            ["Shop:PersonalData:Keys:1"] = new('k', 48),
            ["Shop:PersonalData:CurrentKey"] = "1",
            ["Payment:Webhook:Key"] = new('k', 48),
            ["Payment:Simulator:AllowInProduction"] = "true",
        };

        //#if (storefront)
        // Every visitor sees the same pages, unless a test is about experiments.
        private static readonly IEnumerable<KeyValuePair<string, string?>> _noExperiments = Enumerable.Range(0, ShopExperiments.All.Count)
            .Select(experiment => KeyValuePair.Create($"feature_management:feature_flags:{experiment}:enabled", (string?)"false"));

        //#endif
        protected override IHost CreateHost(IHostBuilder builder)
        {
            builder.UseEnvironment(environment);
            builder.ConfigureHostConfiguration(configuration => configuration
                .AddInMemoryCollection(_required)
                //#if (storefront)
                .AddInMemoryCollection(_noExperiments)
                //#endif
                .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Name, setting.Value))));
            return base.CreateHost(builder);
        }

        protected override void ConfigureWebHost(IWebHostBuilder builder) => builder.ConfigureTestServices(services =>
        {
            foreach (var worker in services.Where(IsWorker).ToList())
            {
                services.Remove(worker);
            }

            services.AddSingleton<IStartupFilter, ManagementPaths>();
        });

        private static bool IsWorker(ServiceDescriptor service) =>
            service.ServiceType == typeof(IHostedService)
            && service.ImplementationType?.Assembly != Assembly.Load("Microsoft.AspNetCore.Hosting");
    }

    private sealed class ManagementPaths : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, following) =>
            {
                if (context.Request.Path.StartsWithSegments("/admin") || context.Request.Path.StartsWithSegments("/metrics"))
                {
                    context.Features.Set(ManagementMarker.Instance);
                }

                return following(context);
            });
            next(app);
        };
    }
}
