using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.WebUtilities;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration;

/// <summary>Sign-in of visitors in a browser.</summary>
[Collection(WholeApplication.Name)]
public sealed class SignInTests(ShopApp shop)
{
    private const string Password = "harbour lights at dawn";

    [Fact]
    public async Task New_member_registers_and_comes_back_to_the_page_before()
    {
        using var browser = new Browser(shop);

        await browser.RegisterAsync(NewEmail(), Password, returnUrl: "/?from=registration");

        Assert.Equal("/?from=registration", browser.Address);
        Assert.Equal(HttpStatusCode.OK, browser.Status);
        Assert.Contains(browser.Visited, address => address.StartsWith("/sso/authorize?", StringComparison.Ordinal));
        Assert.Contains(browser.Visited, address => address.StartsWith("/login/callback?", StringComparison.Ordinal));
        Assert.True(await browser.IsSignedInAsync());
    }

    [Fact]
    public async Task Member_signs_in_and_out()
    {
        using var browser = new Browser(shop);
        Assert.False(await browser.IsSignedInAsync());

        await browser.SignInAsync("member@example.org", "a-demo-of-the-shop");
        Assert.True(await browser.IsSignedInAsync());

        await browser.OpenAsync("/logout");
        await browser.SubmitAsync();
        Assert.Equal("/", browser.Address);
        Assert.Contains(browser.Visited, address => address.StartsWith("/sso/logout?", StringComparison.Ordinal));
        Assert.False(await browser.IsSignedInAsync());
        // The next person at this browser has to sign in.
        await browser.OpenAsync("/login");
        Assert.StartsWith("/sso/login", browser.Address, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cart_of_the_visit_moves_into_that_of_the_member_which_is_the_same_on_every_device()
    {
        var products = await shop.ProductsAsync(minAvailable: 11);
        var email = NewEmail();
        using var browser = new Browser(shop);
        await browser.AddToCartAsync(products[0]);
        await browser.RegisterAsync(email, Password, returnUrl: "/cart");
        Assert.Equal("/cart", browser.Address);
        Assert.Contains(products[0], browser.Page, StringComparison.Ordinal);

        using var other = new Browser(shop);
        await other.AddToCartAsync(products[1]);
        await other.SignInAsync(email, Password, returnUrl: "/cart");
        Assert.Contains(products[0], other.Page, StringComparison.Ordinal);
        Assert.Contains(products[1], other.Page, StringComparison.Ordinal);
        await browser.OpenAsync("/cart");
        Assert.Contains(products[1], browser.Page, StringComparison.Ordinal);

        // Somebody else at the same browser does not find it.
        await other.OpenAsync("/logout");
        await other.SubmitAsync();
        await other.OpenAsync("/cart");
        Assert.DoesNotContain(products[0], other.Page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Order_of_a_signed_in_member_is_in_the_list_of_the_member()
    {
        var email = NewEmail();
        using var browser = new Browser(shop);
        await browser.RegisterAsync(email, Password);
        await browser.AddToCartAsync((await shop.ProductsAsync(minAvailable: 11))[0]);

        var orderId = await browser.CheckOutAsync();

        var userId = await new Database(shop, "identitydb").ReadAsync<Guid>("select id from users where email = $1", email);
        await Eventually.ReadAsync(
            () => shop.OrdersStaff.GetStringAsync($"/api/v1/admin/orders?customerId={userId}"),
            orders => orders.Contains(orderId.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Cookies_of_members_are_out_of_reach_of_scripts()
    {
        using var browser = new Browser(shop);
        await browser.SignInAsync("member@example.org", "a-demo-of-the-shop");

        var cookies = browser.Cookies.GetAllCookies().Where(cookie => cookie.Name is "shop-member" or "shop-sso").ToList();
        Assert.Equal(2, cookies.Count);
        Assert.All(cookies, cookie => Assert.True(cookie.HttpOnly));
    }

    [Fact]
    public async Task Wrong_password_and_unknown_address_are_answered_alike()
    {
        using var browser = new Browser(shop);

        await browser.SignInAsync("member@example.org", "not the password");
        var wrong = browser.Page;
        Assert.Contains("Email or password is wrong", wrong, StringComparison.Ordinal);
        Assert.False(await browser.IsSignedInAsync());
        await browser.SignInAsync(NewEmail(), "not the password");

        Assert.Equal(WithoutFields(wrong), WithoutFields(browser.Page));
    }

    [Fact]
    public async Task Account_is_locked_after_five_wrong_passwords()
    {
        var email = NewEmail();
        using (var owner = new Browser(shop))
        {
            await owner.RegisterAsync(email, Password);
        }

        using var browser = new Browser(shop);
        for (var attempt = 0; attempt < 5; attempt++)
        {
            await browser.SignInAsync(email, "not the password");
        }

        await browser.SignInAsync(email, Password);
        Assert.Contains("Email or password is wrong", browser.Page, StringComparison.Ordinal);
        Assert.False(await browser.IsSignedInAsync());
    }

    [Theory]
    [InlineData("short")]
    [InlineData("passwordpassword")]
    [InlineData("aaaaaaaaaaaaaaaa")]
    public async Task Password_that_is_easy_to_guess_is_refused(string password)
    {
        using var browser = new Browser(shop);

        await browser.RegisterAsync(NewEmail(), password);

        Assert.Contains("not easy to guess", browser.Page, StringComparison.Ordinal);
        Assert.False(await browser.IsSignedInAsync());
    }

    [Fact]
    public async Task Registered_address_cannot_be_taken_by_somebody_else()
    {
        using var browser = new Browser(shop);

        await browser.RegisterAsync("member@example.org", "another password of mine");

        Assert.Contains("cannot be created", browser.Page, StringComparison.Ordinal);
        Assert.False(await browser.IsSignedInAsync());
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("~/evil")]
    [InlineData("/login?returnUrl=/login")]
    public async Task Visitor_comes_back_to_an_address_of_the_shop_only(string returnUrl)
    {
        using var browser = new Browser(shop);

        await browser.SignInAsync("member@example.org", "a-demo-of-the-shop", returnUrl);

        Assert.Equal("/", browser.Address);
        Assert.True(await browser.IsSignedInAsync());
    }

    [Fact]
    public async Task Sign_in_page_leads_only_to_a_sign_in_of_this_host()
    {
        using var browser = new Browser(shop);
        await browser.OpenAsync("/sso/login?returnUrl=https://evil.example/");

        await browser.SubmitAsync(("Input.Email", "member@example.org"), ("Input.Password", "a-demo-of-the-shop"));

        Assert.Equal("/", browser.Address); // by /login, at which the visitor is signed in now
        Assert.True(await browser.IsSignedInAsync());
    }

    [Fact]
    public async Task Form_of_another_site_signs_nobody_in()
    {
        using var browser = new Browser(shop);
        await browser.OpenAsync("/login");
        using var other = new HttpClient { BaseAddress = browser.Origin };

        using var response = await other.PostAsync(browser.Address, new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["_handler"] = "login",
            ["Input.Email"] = "member@example.org",
            ["Input.Password"] = "a-demo-of-the-shop",
        }));

        // The redirect leads to the form, as for a visitor whose cookie is gone.
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.EndsWith("expired=true", response.RequestMessage!.RequestUri!.Query, StringComparison.Ordinal);
        Assert.Contains("Please enter it once more", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forged_callback_signs_nobody_in_and_leads_on()
    {
        using var browser = new Browser(shop);

        await browser.OpenAsync("/login/callback?code=forged&state=forged");

        Assert.Equal(HttpStatusCode.BadRequest, browser.Status);
        Assert.Contains("The sign-in was not completed", browser.Page, StringComparison.Ordinal);
        Assert.Contains("href=\"/login\"", browser.Page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Repeated_callback_signs_nobody_else_in()
    {
        using var browser = new Browser(shop);
        await browser.SignInAsync("member@example.org", "a-demo-of-the-shop", "/?from=sign-in");
        var callback = browser.Visited.Single(address => address.StartsWith("/login/callback?", StringComparison.Ordinal));

        // The back button.
        await browser.OpenAsync(callback);
        Assert.Equal("/", browser.Address);
        Assert.True(await browser.IsSignedInAsync());

        using var other = new Browser(shop);
        await other.OpenAsync(callback);
        Assert.Equal(HttpStatusCode.BadRequest, other.Status);
        Assert.False(await other.IsSignedInAsync());
    }

    [Fact]
    public async Task Visitor_who_refuses_goes_on_without_an_account()
    {
        using var browser = new Browser(shop);
        var authorize = QueryHelpers.ParseQuery(new Uri((await browser.FindRedirectAsync("/login"))!).Query);

        await browser.OpenAsync($"/login/callback?error=access_denied&state={Uri.EscapeDataString(authorize["state"].ToString())}");

        Assert.Equal(HttpStatusCode.OK, browser.Status);
        Assert.Contains("You are not signed in", browser.Page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sign_in_that_must_be_a_new_one_ends_the_session_of_before()
    {
        using var browser = new Browser(shop);
        await browser.SignInAsync("member@example.org", "a-demo-of-the-shop");
        using var other = new Browser(shop);
        var authorize = new Uri((await other.FindRedirectAsync("/login"))!).PathAndQuery;
        var callback = new Uri(browser.Origin, await browser.FindRedirectAsync(authorize));
        Assert.Equal("/login/callback", callback.AbsolutePath);

        await browser.OpenAsync($"{authorize}&prompt=login");
        Assert.StartsWith("/sso/login", browser.Address, StringComparison.Ordinal);

        // Not even the address without the parameter, which the page returns to after the sign-in.
        await browser.OpenAsync(authorize);
        Assert.StartsWith("/sso/login", browser.Address, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/sso/login", "Input.Email")]
    [InlineData("/sso/login", "Input.Password")]
    [InlineData("/sso/register", "Input.Email")]
    [InlineData("/sso/register", "Input.Password")]
    public async Task Control_characters_in_a_field_are_refused_in_words(string page, string field)
    {
        foreach (var character in (string[])["\u0001", "\r\n", "\u007f", "\u0085"])
        {
            using var browser = new Browser(shop);
            await browser.OpenAsync(page);

            await browser.SubmitAsync(
                [("Input.Email", NewEmail()), ("Input.Password", Password), (field, $"harbour{character}lights@example.org")]);

            Assert.Equal(HttpStatusCode.OK, browser.Status);
            Assert.Contains("validation-message", browser.Page, StringComparison.Ordinal);
            Assert.False(await browser.IsSignedInAsync());
        }
    }

    [Theory]
    [InlineData("/sso/authorize?client_id=a%00b&response_type=code&redirect_uri=http://localhost/")]
    [InlineData("/sso/authorize?client_id=storefront&response_type=code&redirect_uri=http://localhost/%00")]
    [InlineData("/sso/logout?client_id=a%00b&post_logout_redirect_uri=http://localhost/")]
    [InlineData("/sso/logout?post_logout_redirect_uri=http://localhost/%00")]
    public async Task Control_characters_in_an_address_are_400(string address)
    {
        using var browser = new Browser(shop);

        await browser.OpenAsync(address);

        Assert.Equal(HttpStatusCode.BadRequest, browser.Status);
    }

    [Theory]
    [InlineData("/sso/login", "not an address")]
    [InlineData("/sso/register", "not an address")]
    [InlineData("/sso/login", "member@example.org")]
    [InlineData("/sso/register", "member@example.org")]
    public async Task Page_with_an_error_does_not_contain_the_password(string page, string email)
    {
        using var browser = new Browser(shop);
        await browser.OpenAsync(page);

        await browser.SubmitAsync(("Input.Email", email), ("Input.Password", Password));

        Assert.Equal(HttpStatusCode.OK, browser.Status);
        Assert.Matches("role=\"alert\"|validation-message", browser.Page);
        Assert.DoesNotContain(Password, browser.Page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Email_address_is_in_no_span_and_no_log_record()
    {
        var email = NewEmail();
        using var browser = new Browser(shop);
        await browser.RegisterAsync(email, Password);
        var userId = await new Database(shop, "identitydb").ReadAsync<Guid>("select id from users where email = $1", email);

        var registered = await Eventually.ReadAsync(
            async () => (await shop.Telemetry.ServiceLogsAsync("identity")).FirstOrDefault(
                record => record.EventName == "member.registered" && record.Attributes["UserId"] == userId.ToString()),
            record => record is not null);
        var telemetry = await Eventually.ReadAsync(
            () => shop.Telemetry.RawTraceAsync(registered!.TraceId!),
            text => text.Contains("POST /sso/register", StringComparison.Ordinal)
                && text.Contains("INSERT users", StringComparison.Ordinal));

        Assert.DoesNotContain(email, telemetry, StringComparison.OrdinalIgnoreCase);
    }

    private static string NewEmail() => $"{Guid.NewGuid():n}@example.org";

    // What a page shows apart from tokens and what was typed.
    private static string WithoutFields(string page) =>
        Regex.Replace(page, "<input[^>]*>|href=\"[^\"]*\"|action=\"[^\"]*\"|<!--.*?-->", "");
}
