using Shop.Tests.Support;

namespace Shop.Tests.Component.Storefront;

/// <summary>The page views that the storefront counts.</summary>
[Collection(TracingTestGroup.Name)]
public sealed class PageViewTests : RecordingStorefront
{
    [Fact]
    public async Task Page_is_viewed_once_with_its_route_and_the_page_that_led_to_it()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/cart?problem=x");
        request.Headers.Referrer = new("http://localhost/products/BAG-0101?q=secret");
        using var page = await Storefront.Client.SendAsync(request);
        using var foreign = new HttpRequestMessage(HttpMethod.Get, "/cart");
        foreign.Headers.Referrer = new("http://elsewhere.example/products/BAG-0101");
        using var fromElsewhere = await Storefront.Client.SendAsync(foreign);

        Assert.Equal(2, Events.All.Count);
        Assert.All(Events.All, viewed => Assert.Equal("page.viewed", viewed.Name));
        Assert.Equal(("/cart", 200), (Events.All[0].Fields["shop.page.path"], Events.All[0].Fields["http.response.status_code"]));
        Assert.Equal("/products/:sku", Events.All[0].PageFrom);
        Assert.Null(Events.All[1].PageFrom);
    }

    [Fact]
    public async Task Redirect_file_and_part_of_a_page_are_no_views()
    {
        using var part = new HttpRequestMessage(HttpMethod.Get, "/cart");
        part.Headers.Add("X-Requested-With", "fetch");
        foreach (var request in (HttpRequestMessage[])
        [
            part, new(HttpMethod.Get, "/checkout/payment"), new(HttpMethod.Get, "/shop.css"), new(HttpMethod.Get, "/alive"),
            new(HttpMethod.Head, "/cart"),
        ])
        {
            using var response = await Storefront.Client.SendAsync(request);
            Assert.True((int)response.StatusCode < 400, $"{request.RequestUri}: {response.StatusCode}");
        }

        Assert.Empty(Events.Of("page.viewed"));
    }
}
