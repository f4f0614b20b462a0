using Aspire.Hosting.Testing;
using Shop.Tests.EndToEnd.Support;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.EndToEnd;

/// <summary>The pages of Insights, as staff see them.</summary>
[Collection(EndToEndApplication.Name)]
public sealed class InsightsPageTests(ShopApp shop, Chromium chromium) : BrowserTests(shop, chromium)
{
    private const string Staff = "staff@example.org";
    private const string Password = "a-demo-of-the-shop";

    private readonly ShopApp _shop = shop;

    private protected override IReadOnlyList<Uri> Origins =>
        [_shop.App.GetEndpoint("insights", "http"), _shop.App.GetEndpoint("storefront", "http")];

    [Fact]
    public async Task Staff_get_from_the_overview_to_the_events_of_a_lost_session()
    {
        await BuyNothingAsync();
        var tab = await SignInAsync("/?last=1h");

        await tab.SeeAsync("h1", "Overview");
        await tab.ClickAsync("a[href*='lost=true']");
        await tab.SeeAsync("h1", "Lost before");
        await tab.ClickAsync("a[href^='/sessions/']");

        await tab.SeeAsync("h1", "Session");
        await tab.SeeAsync(".timeline", "page.viewed");
    }

    [Theory]
    [InlineData("/?last=1h", "Overview")]
    [InlineData("/funnel?last=1h&by=segment", "Funnel")]
    [InlineData("/funnel?last=1h&synthetic=maybe", "Funnel")]
    [InlineData("/funnel/sessions?last=1h&step=1", "Reached")]
    [InlineData("/paths?last=1h", "Paths")]
    [InlineData("/critical-routes?last=1h", "Critical routes")]
    [InlineData("/no-such-page", "This page does not exist")]
    public async Task Page_has_no_accessibility_violation_and_fits_on_a_phone(string path, string heading)
    {
        await BuyNothingAsync();
        var tab = await SignInAsync("/");
        await tab.OpenAsync(path);
        await tab.SeeAsync("h1", heading);

        var violations = await Accessibility.FindViolationsAsync(tab);
        await tab.Page.SetViewportSizeAsync(Device.Phone.Width, Device.Phone.Height);
        var width = await tab.Page.EvaluateAsync<int>("document.documentElement.scrollWidth");

        Assert.True(violations.Count == 0, string.Join('\n', violations));
        Assert.InRange(width, 1, Device.Phone.Width);
    }

    [Fact]
    public async Task Staff_who_sign_out_must_sign_in_again()
    {
        var tab = await SignInAsync("/");

        await tab.ClickAsync("form.account button");
        await tab.WaitForAddressAsync(address => address.Contains("/sso/", StringComparison.Ordinal));
        await tab.OpenAsync("/funnel");

        await tab.SeeAsync("h1", "Sign in");
    }

    [Fact]
    public async Task Member_can_sign_in_with_another_account()
    {
        var tab = await OpenTabAsync();
        await tab.OpenAsync("/funnel");
        await tab.FillSignInAsync("member@example.org", Password);
        await tab.SeeAsync("h1", "Insights is for staff");

        await tab.ClickAsync("main a.button");
        await tab.SeeAsync("h1", "Sign in");
        await tab.FillSignInAsync(Staff, Password);

        await tab.SeeAsync("h1", "Overview");
    }

    private async Task<Tab> SignInAsync(string path)
    {
        var tab = await OpenTabAsync();
        await tab.OpenAsync(path);
        await tab.FillSignInAsync(Staff, Password);
        await tab.WaitForAddressAsync(address => new Uri(address).Authority == Origins[0].Authority);
        return tab;
    }

    // A visit that ends at a product, and is stored.
    private async Task BuyNothingAsync()
    {
        var sku = await Admin.AddAsync(onHand: 5);
        using var storefront = _shop.App.CreateHttpClient("storefront", "http");
        await storefront.GetStringAsync("/");
        await storefront.GetStringAsync($"/products/{sku}");
        await Eventually.ReadAsync(
            () => new Database(_shop, "insightsdb").ReadAsync<long>("select count(*) from events where sku = $1", sku),
            count => count > 0);
    }
}
