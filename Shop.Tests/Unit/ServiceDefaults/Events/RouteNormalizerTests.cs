using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Patterns;
using Shop.Telemetry.Events;

namespace Shop.Tests.Unit.ServiceDefaults.Events;

public class RouteNormalizerTests
{
    [Theory]
    [InlineData("/api/v1/products/{sku}", "/api/v1/products/:sku")]
    [InlineData("api/v1/carts/{cartId}/lines/{sku}/", "/api/v1/carts/:cartId/lines/:sku")]
    [InlineData("/orders/{orderId:guid}", "/orders/:orderId")]
    [InlineData("/files/{name}.{extension?}", "/files/:name.:extension")]
    [InlineData("/{page=1}", "/:page")]
    [InlineData("/{*rest}", "/:rest")]
    [InlineData("/", "/")]
    public void A_path_is_its_route_with_the_names_of_its_parameters(string route, string path) =>
        Assert.Equal(path, RouteNormalizer.Normalize(RoutePatternFactory.Parse(route)));

    [Fact]
    public void A_request_without_a_route_has_none()
    {
        var context = new DefaultHttpContext { Request = { Path = "/ada@example.org" } };
        Assert.Null(RouteNormalizer.Of(context));
        Assert.Null(RouteNormalizer.Of(null));
    }
}
