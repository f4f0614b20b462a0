using Microsoft.Playwright;
using Shop.Tests.EndToEnd.Support;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.EndToEnd;

/// <summary>A visitor becomes a member, and a member comes back.</summary>
[Collection(EndToEndApplication.Name)]
public sealed class BrowserMemberTests(ShopApp shop, Chromium chromium) : BrowserTests(shop, chromium)
{
    private readonly string _email = $"{Guid.NewGuid():n}@example.org";

    [Fact]
    public async Task New_member_comes_back_to_the_cart_buys_and_finds_the_order_among_the_own_ones()
    {
        var word = NewWord();
        var tab = await OpenTabAsync();
        await tab.AddToCartAsync(await Admin.AddAsync(onHand: 5, name: $"Lantern {word}"));

        await tab.OpenAsync("/cart");
        await tab.RegisterAsync(_email);
        await tab.WaitForAddressAsync(address => address.EndsWith("/cart", StringComparison.Ordinal));
        await tab.SeeAsync("#cart-lines", $"Lantern {word}");
        await tab.ClickAsync("main a[href='/checkout']");
        await tab.FillCheckoutAsync();
        await tab.ClickAsync("#place-order");
        var order = await tab.SeeOrderAsync("Confirmed");
        await tab.ClickAsync(".site-nav a[href='/orders']");
        await Assertions.Expect(tab.Find($"#orders a[href='{order}']")).ToBeVisibleAsync();

        await SignOutAsync(tab);
        await tab.OpenAsync("/orders");
        await tab.SeeAsync("main", "Sign in to see the orders");
    }

    [Fact]
    public async Task Returning_member_finds_the_cart_of_the_visit_in_the_one_of_before()
    {
        var (first, second) = (NewWord(), NewWord());
        var member = await OpenTabAsync();
        await member.AddToCartAsync(await Admin.AddAsync(onHand: 5, name: $"Lantern {first}"));
        await member.RegisterAsync(_email);
        await SignOutAsync(member);
        await member.OpenAsync("/cart");
        await member.SeeAsync("main", "There is nothing in your cart yet.");

        var tab = await OpenTabAsync(Device.Phone);
        await tab.AddToCartAsync(await Admin.AddAsync(onHand: 5, name: $"Lantern {second}"));
        await tab.OpenAsync("/cart");
        await tab.ClickAsync(Tab.SignIn);
        await tab.FillSignInAsync(_email);
        await tab.WaitForAddressAsync(address => address.EndsWith("/cart", StringComparison.Ordinal));

        await tab.SeeAsync("#cart-lines", $"Lantern {first}");
        await tab.SeeAsync("#cart-lines", $"Lantern {second}");
        await tab.SeeAsync("#cart-count", "2");
    }

    [Fact]
    public async Task Wrong_password_is_told_on_the_page_that_asked_for_it()
    {
        var tab = await OpenTabAsync(Device.WithoutScript);
        await tab.OpenAsync("/products");
        await tab.ClickAsync(Tab.SignIn);

        await tab.FillSignInAsync(_email);

        await tab.SeeAsync("[role=alert]", "Email or password is wrong.");
    }

    private static async Task SignOutAsync(Tab tab)
    {
        await tab.ClickAsync(".site-nav a[href='/logout']");
        await tab.SeeAsync("h1", "Sign out");
        await tab.ClickAsync("main button[type=submit]");
        await Assertions.Expect(tab.Find(Tab.SignIn)).ToBeVisibleAsync();
    }
}
