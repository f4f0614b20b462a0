using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shop.Telemetry.Sampling.CriticalRoutes;
using Shop.Telemetry.Sampling.CriticalRoutes.Accepted;

namespace Shop.Tests.Unit.Telemetry.Sampling;

public sealed class AcceptedRouteTests
{
    [Theory]
    [InlineData("/", "/", true)]
    [InlineData("/", "/cart", false)]
    [InlineData("/cart", "/cart", true)]
    [InlineData("/cart", "/cart/", true)]
    [InlineData("/cart", "cart", true)]
    [InlineData("/cart", "/cart/add", false)]
    [InlineData("/cart", "/api/cart", false)]
    [InlineData("/products/:sku", "/products/{Sku}", true)]
    [InlineData("/products/:sku", "/products/{sku}/reviews", false)]
    [InlineData("/products/:sku", "/products/new", false)]
    [InlineData("/orders/:orderId", "/orders/{OrderId:guid}", true)]
    [InlineData("/sso/:rest", "/sso/{**rest}", true)]
    [InlineData("/files/:name.:extension", "/files/{name}.{extension}", true)]
    [InlineData("/files/:name.zip", "/files/{name}Xzip", false)]
    public void Page_matches_the_templates_that_have_its_normalized_route(string page, string template, bool expected)
    {
        var route = AcceptedRoute.Create(page, null, _ => false);

        Assert.True(route.IsValid());
        Assert.Equal(expected ? route.Name : null, CreateMatcher(new(1, [route])).MatchRoute(template));
    }

    [Theory]
    [InlineData("cart.viewed", true)]
    [InlineData("cart.viewed.again", false)]
    [InlineData("cart_viewed", false)]
    public void Event_matches_its_whole_name(string name, bool expected)
    {
        var route = AcceptedRoute.Create(null, "cart.viewed", _ => false);

        Assert.True(route.IsValid());
        Assert.Equal(expected ? "accepted.cart.viewed" : null, CreateMatcher(new(1, [route])).MatchEvent(name));
    }

    [Theory]
    [InlineData("/", "accepted.root")]
    [InlineData("/products/:sku", "accepted.products-sku")]
    [InlineData("/a/very/long/route/of/a/page/of/the/shop", "accepted.a-very-long-route-of-a")]
    public void Name_is_similar_to_the_page_and_fits_into_the_baggage(string page, string name)
    {
        Assert.Equal(name, AcceptedRoute.Create(page, null, _ => false).Name);
        Assert.True(AcceptedRoute.Create(page, null, _ => false).IsValid());
    }

    [Fact]
    public void Similar_pages_have_different_names()
    {
        var names = new HashSet<string>();
        string[] pages = ["/a/b", "/a-b", "/a/:b", "/", "/-", "/a/very/long/route/of/a/page/1", "/a/very/long/route/of/a/page/2"];
        foreach (var page in pages)
        {
            var route = AcceptedRoute.Create(page, null, names.Contains);
            Assert.True(route.IsValid(), route.Name);
            Assert.True(names.Add(route.Name), route.Name);
        }
    }

    [Theory]
    [InlineData("checkout", "/cart", null)] // would change the rule of a service
    [InlineData("accepted.a:Route", "/cart", null)] // a section of the configuration
    [InlineData("accepted.a b", "/cart", null)]
    [InlineData("accepted.a-name-that-is-longer-than-32", "/cart", null)]
    [InlineData("accepted.a", null, null)]
    [InlineData("accepted.a", "/cart", "cart.viewed")]
    [InlineData("accepted.a", "cart", null)]
    [InlineData("accepted.a", "/(cart|checkout)", null)]
    [InlineData("accepted.a", null, ".*")]
    [InlineData("accepted.a", null, "cart.viewed\n")]
    public void Route_that_is_not_valid_is_recognized(string name, string? page, string? @event) =>
        Assert.False(new AcceptedRoute(name, page, @event).IsValid());

    [Fact]
    public void Number_and_length_of_routes_are_bounded()
    {
        var routes = Enumerable.Range(0, AcceptedRoutes.MaxCount + 1)
            .Select(number => new AcceptedRoute($"accepted.{number}", $"/{number}", null))
            .ToList();
        Assert.True(new AcceptedRoutes(1, routes[1..]).IsValid());
        Assert.False(new AcceptedRoutes(1, routes).IsValid());
        Assert.False(new AcceptedRoutes(1, [routes[0], routes[1] with { Name = "accepted.0" }]).IsValid());
        Assert.False(new AcceptedRoutes(1, [routes[0], routes[0]]).IsValid());
        Assert.False(new AcceptedRoutes(1, null!).IsValid());
        Assert.True(new AcceptedRoute("accepted.a", "/" + new string('a', AcceptedRoute.MaxLength - 1), null).IsValid());
        Assert.False(new AcceptedRoute("accepted.a", "/" + new string('a', AcceptedRoute.MaxLength), null).IsValid());
        Assert.False(new AcceptedRoute("accepted.a", null, new string('a', AcceptedRoute.MaxLength + 1)).IsValid());
    }

    [Fact]
    public void Rule_of_the_configuration_is_used_before_an_accepted_one_and_disables_one_of_its_name()
    {
        var routes = new AcceptedRoutes(1, [new("accepted.cart", "/cart", null), new("accepted.help", "/help", null)]);
        var matcher = CreateMatcher(routes, ("baskets:Route", "^/cart$"), ("accepted.help:Enabled", "false"));

        Assert.Equal("baskets", matcher.MatchRoute("/cart"));
        Assert.Null(matcher.MatchRoute("/help"));
    }

    private static CriticalRouteMatcher CreateMatcher(AcceptedRoutes routes, params (string Name, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        foreach (var (name, value) in settings)
        {
            builder.Configuration[$"{CriticalRouteOptions.Section}:Rules:{name}"] = value;
        }

        builder.AddCriticalRoutes();
        var accepted = new AcceptedRouteConfiguration();
        ((IConfigurationBuilder)builder.Configuration).Add(accepted);
        var matcher = builder.Build().Services.GetRequiredService<CriticalRouteMatcher>();

        // After the matcher has read the rules, as in a running service.
        accepted.Replace(routes);
        return matcher;
    }
}
