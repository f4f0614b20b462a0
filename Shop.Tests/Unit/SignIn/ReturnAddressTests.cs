using Shop.Identity.Pages;
//#if (storefront)
using Shop.Storefront.SignIn;
//#endif

namespace Shop.Tests.Unit.SignIn;

public class ReturnAddressTests
{
    //#if (storefront)
    [Theory]
    [InlineData("/cart", "/cart")]
    [InlineData("/products?q=tea&page=2", "/products?q=tea&page=2")]
    [InlineData("/products?q=café#top", "/products?q=caf%C3%A9#top")]
    [InlineData("/products?q=%20", "/products?q=%20")]
    [InlineData(null, "/")]
    [InlineData("", "/")]
    [InlineData("cart", "/")]
    [InlineData("~/cart", "/")]
    [InlineData("//evil.example", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("/\t/evil.example", "/")]
    [InlineData("https://evil.example", "/")]
    [InlineData("javascript:alert(1)", "/")]
    [InlineData("/login", "/")]
    [InlineData("/logout", "/")]
    public void Return_address_of_the_storefront_is_local(string? address, string expected) =>
        Assert.Equal(expected, LoginEndpoint.GetLocalAddress(address));

    //#endif
    [Theory]
    [InlineData("/sso/authorize?client_id=storefront", "/sso/authorize?client_id=storefront")]
    [InlineData("/sso/authorize", "/login")]
    [InlineData("/sso/authorize?\r\nX: y", "/login")]
    [InlineData("/sso/authorize?\0", "/login")]
    [InlineData("//evil.example/sso/authorize?", "/login")]
    [InlineData("https://evil.example/sso/authorize?", "/login")]
    [InlineData(null, "/login")]
    public void Return_address_of_the_provider_is_that_of_a_sign_in(string? address, string expected) =>
        Assert.Equal(expected, LocalAddress.OfSignIn(address));
}
