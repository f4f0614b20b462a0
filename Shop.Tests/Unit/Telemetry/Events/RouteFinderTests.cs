using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Shop.Telemetry.Events;

namespace Shop.Tests.Unit.Telemetry.Events;

public class RouteFinderTests
{
    private readonly RouteFinder _routes = new(new DefaultEndpointDataSource(
        ((string[])["/", "/cart", "/products/{Sku}"]).Select(route =>
            new RouteEndpoint(_ => Task.CompletedTask, RoutePatternFactory.Parse(route), 0, null, null))));

    [Theory]
    [InlineData("https://shop.example/products/BAG-0101?q=secret", "/products/:sku")]
    [InlineData("https://SHOP.example/cart", "/cart")]
    [InlineData("/cart?x=1", "/cart")]
    [InlineData("/", "/")]
    [InlineData("https://shop.example/nowhere", "other")]
    [InlineData("https://elsewhere.example/cart", "external")]
    [InlineData("//elsewhere.example/cart", "external")]
    [InlineData("/\\elsewhere.example/cart", "external")]
    [InlineData("about:blank", "external")]
    [InlineData("", "external")]
    public void Address_has_the_route_of_its_path_and_none_of_another_host(string address, string route) =>
        Assert.Equal(route, _routes.Find(address, new HostString("shop.example")));

    // An empty Host header is a valid one, and equals the empty authority of these addresses.
    [Theory]
    [InlineData("about:blank")]
    [InlineData("data:text/html,x")]
    [InlineData("mailto:ada@example.org")]
    [InlineData("urn:x")]
    public void Address_without_a_host_has_no_route_if_the_request_has_an_empty_host(string address) =>
        Assert.Contains(_routes.Find(address, new HostString("")), (string[])[RouteFinder.Other, RouteFinder.External]);
}
