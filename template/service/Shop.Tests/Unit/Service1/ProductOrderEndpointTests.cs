using System.Net;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.Service1;

public class ProductOrderEndpointTests
{
    [Fact]
    public async Task Malformed_sku_is_refused()
    {
        using var service = InProcessService.Start("service1");

        using var response = await service.Client.GetAsync("/api/v1/service1/products/!");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }
}
