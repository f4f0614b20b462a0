using System.Net;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration;

/// <summary>Members while the provider is away, and at the refresh of their tokens.</summary>
[Collection(Name)]
public sealed class SignInOutageTests(SignInOutageTests.ShortTokens shop)
{
    public const string Name = "Short tokens";

    private const string Password = "harbour lights at dawn";

    [Fact]
    public async Task Member_stays_signed_in_while_the_provider_is_away_and_after_its_restart()
    {
        using var browser = new Browser(shop);
        await browser.SignInAsync("member@example.org", "a-demo-of-the-shop");
        var provider = new ResourceOutage(shop.App, "identity");
        Assert.Equal(HttpStatusCode.OK, await GetOrdersAsync());

        await provider.KillAsync();
        var refreshDue = DateTimeOffset.UtcNow + ShortTokens.Lifetime;
        await Eventually.ReadAsync(
            async () =>
            {
                await browser.OpenAsync("/");
                Assert.Equal(HttpStatusCode.OK, browser.Status);
                return DateTimeOffset.UtcNow > refreshDue;
            },
            due => due);
        Assert.True(await browser.IsSignedInAsync());
        await browser.AddToCartAsync((await shop.ProductsAsync(minAvailable: 11))[0]);
        await browser.CheckOutAsync();
        // The service has the keys of the provider.
        Assert.Equal(HttpStatusCode.OK, await GetOrdersAsync());

        using var other = new Browser(shop);
        await other.OpenAsync("/login?returnUrl=/cart");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, other.Status);
        Assert.Contains("Sign-in is not available", other.Page, StringComparison.Ordinal);
        await other.OpenAsync("/sso/login");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, other.Status);

        await provider.EndAsync();
        await WaitForRefreshAsync(browser);
        Assert.True(await browser.IsSignedInAsync());
        // The provider itself has not forgotten who is signed in, either.
        await browser.OpenAsync("/sso/authorize?client_id=storefront");
        Assert.DoesNotContain("/sso/login", browser.Address, StringComparison.Ordinal);
        await other.SignInAsync("member@example.org", "a-demo-of-the-shop");
        Assert.True(await other.IsSignedInAsync());
    }

    [Fact]
    public async Task Member_who_leaves_for_the_front_page_while_the_provider_is_away_is_signed_out()
    {
        using var browser = new Browser(shop);
        await browser.SignInAsync("member@example.org", "a-demo-of-the-shop");
        Assert.True(await browser.IsSignedInAsync(), browser.Address);
        await browser.OpenAsync("/logout");
        var provider = new ResourceOutage(shop.App, "identity");
        await provider.StopAsync();

        await browser.SubmitAsync();

        Assert.Equal("/", browser.Address);
        Assert.DoesNotContain(browser.Cookies.GetAllCookies(), cookie => cookie.Name == "shop-member");
        await provider.EndAsync();

        // The browser still has the session at the provider, but the next visitor needs the password.
        Assert.Contains(browser.Cookies.GetAllCookies(), cookie => cookie.Name == "shop-sso");
        await browser.OpenAsync("/login");
        Assert.True(browser.Address.StartsWith("/sso/login", StringComparison.Ordinal), string.Join(" -> ", browser.Visited));
        await browser.SignInAsync("staff@example.org", "a-demo-of-the-shop");
        Assert.True(await browser.IsSignedInAsync());
    }

    [Fact]
    public async Task Cart_of_the_visit_is_kept_while_Cart_is_away_during_the_sign_in_and_moves_later()
    {
        var sku = (await shop.ProductsAsync(minAvailable: 11))[0];
        using var browser = new Browser(shop);
        await browser.AddToCartAsync(sku);
        var cart = new ResourceOutage(shop.App, "cart");
        await cart.StopAsync();

        await browser.RegisterAsync($"{Guid.NewGuid():n}@example.org", Password);
        Assert.True(await browser.IsSignedInAsync());
        await cart.EndAsync();
        await Eventually.ReadAsync(
            async () =>
            {
                await browser.OpenAsync("/cart");
                return browser.Page;
            },
            page => page.Contains(sku, StringComparison.Ordinal));

        // The cart is that of the member now: it leaves the browser with the member.
        await browser.OpenAsync("/logout");
        await browser.SubmitAsync();
        await browser.OpenAsync("/cart");
        Assert.DoesNotContain(sku, browser.Page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("delete from users where email = $1")]
    [InlineData("update users set lockout_end = 'infinity' where email = $1")]
    public async Task Member_whose_account_is_deleted_or_locked_is_a_guest_from_the_next_refresh_on(string change)
    {
        var email = $"{Guid.NewGuid():n}@example.org";
        using var browser = new Browser(shop);
        await browser.RegisterAsync(email, Password);
        var sku = (await shop.ProductsAsync(minAvailable: 11))[0];
        await browser.AddToCartAsync(sku);
        await WaitForRefreshAsync(browser);
        Assert.True(await browser.IsSignedInAsync());

        Assert.Equal(1, await new Database(shop, "identitydb").RunAsync(change, email));

        await Eventually.ReadAsync(
            async () =>
            {
                await browser.OpenAsync("/cart");
                Assert.Equal(HttpStatusCode.OK, browser.Status);
                return browser.Page;
            },
            page => page.Contains("You have been signed out", StringComparison.Ordinal));
        Assert.False(await browser.IsSignedInAsync());
        Assert.DoesNotContain(sku, browser.Page, StringComparison.Ordinal);
        foreach (var page in (string[])["/", "/products", "/cart", "/checkout", "/orders", "/logout"])
        {
            await browser.OpenAsync(page);
            Assert.Equal((page, HttpStatusCode.OK), (browser.Address, browser.Status));
        }

        // The session at the provider has ended, too.
        await browser.OpenAsync("/login");
        Assert.StartsWith("/sso/login", browser.Address, StringComparison.Ordinal);
        await browser.SubmitAsync(("Input.Email", email), ("Input.Password", Password));
        Assert.Contains("Email or password is wrong", browser.Page, StringComparison.Ordinal);

        await browser.AddToCartAsync(sku);
        await browser.CheckOutAsync();
    }

    [Fact]
    public async Task Member_stays_signed_in_while_wrong_passwords_lock_the_account()
    {
        var email = $"{Guid.NewGuid():n}@example.org";
        using var browser = new Browser(shop);
        await browser.RegisterAsync(email, Password);
        using var other = new Browser(shop);
        for (var attempt = 0; attempt < 5; attempt++)
        {
            await other.SignInAsync(email, "not the password");
        }

        Assert.True(await new Database(shop, "identitydb").ReadAsync<bool>(
            "select lockout_end > now() from users where email = $1", email));
        await WaitForRefreshAsync(browser);
        Assert.True(await browser.IsSignedInAsync());
    }

    private async Task<HttpStatusCode> GetOrdersAsync()
    {
        using var response = await shop.OrdersStaff.GetAsync("/api/v1/admin/orders");
        return response.StatusCode;
    }

    // A new token is in a new cookie.
    private static async Task WaitForRefreshAsync(Browser browser)
    {
        var before = ReadCookie();
        await Eventually.ReadAsync(
            async () =>
            {
                await browser.OpenAsync("/");
                return ReadCookie();
            },
            cookie => cookie != before);

        string ReadCookie() => browser.Cookies.GetAllCookies()["shop-member"]?.Value ?? "signed out";
    }

    /// <summary>The application with access tokens of 10 seconds.</summary>
    public sealed class ShortTokens : ShopApp
    {
        public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);

        protected override void Configure(IResourceBuilder<ProjectResource> service)
        {
            if (service.Resource.Name == "identity")
            {
                service.WithEnvironment("Identity__AccessTokenLifetime", Lifetime.ToString());
            }
        }
    }

    [CollectionDefinition(Name)]
    public sealed class Group : ICollectionFixture<ShortTokens>;
}
