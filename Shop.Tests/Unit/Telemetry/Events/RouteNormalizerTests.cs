using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Patterns;
using Shop.Telemetry.Events;

namespace Shop.Tests.Unit.Telemetry.Events;

public sealed class RouteNormalizerTests
{
    [Theory]
    [InlineData("/api/v1/products/{sku}", "/api/v1/products/:sku")]
    [InlineData("api/v1/carts/{cartId}/lines/{sku}/", "/api/v1/carts/:cartId/lines/:sku")]
    [InlineData("/orders/{orderId:guid}", "/orders/:orderId")]
    [InlineData("/files/{name}.{extension?}", "/files/:name.:extension")]
    [InlineData("/{page=1}", "/:page")]
    [InlineData("/{*rest}", "/:rest")]
    [InlineData("/", "/")]
    public void Path_is_the_route_with_parameter_names(string route, string path) =>
        Assert.Equal(path, RouteNormalizer.Normalize(RoutePatternFactory.Parse(route)));

    [Fact]
    public void Request_without_a_matched_route_has_no_path()
    {
        var context = new DefaultHttpContext { Request = { Path = "/ada@example.org" } };
        Assert.Null(RouteNormalizer.GetPath(context));
        Assert.Null(RouteNormalizer.GetPath(null));
    }
}
