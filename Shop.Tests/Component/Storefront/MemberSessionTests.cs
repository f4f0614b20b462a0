using System.Net;
using System.Security.Claims;
using AngleSharp.Html.Parser;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.Storefront.SignIn;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Storefront;

/// <summary>The session of a member at the storefront, whose provider is one that rotates refresh tokens.</summary>
[Collection(TracingTestGroup.Name)]
public sealed class MemberSessionTests : IAsyncLifetime
{
    // One that needs no service.
    private const string Page = "/login/failed?reason=denied";

    private static readonly TimeSpan _lifetime = TimeSpan.FromMinutes(15);

    private TestProvider? _provider;
    private InProcessService? _storefront;

    public async Task InitializeAsync()
    {
        _provider = await TestProvider.StartAsync();
        _storefront = Start(_provider.Address);
    }

    public async Task DisposeAsync()
    {
        _storefront!.Dispose();
        await _provider!.DisposeAsync();
    }

    [Fact]
    public async Task Member_with_a_usable_token_comes_back_from_the_sign_in_at_once()
    {
        using var response = await GetAsync("/login?returnUrl=/cart", CreateCookie(age: TimeSpan.Zero, refreshToken: null));

        Assert.Equal("/cart", response.Headers.Location?.ToString());
    }

    [Fact]
    public async Task Member_whose_token_a_service_has_refused_signs_in_again_with_the_password()
    {
        using var response = await GetAsync("/login?again=true&returnUrl=/cart", CreateCookie(age: TimeSpan.Zero, refreshToken: null));

        Assert.StartsWith($"{_provider!.Address}/authorize?", response.Headers.Location?.ToString(), StringComparison.Ordinal);
        Assert.Contains("prompt=login", response.Headers.Location!.Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Response_that_arrives_after_the_sign_out_signs_nobody_in()
    {
        var cookie = CreateCookie(age: TimeSpan.Zero, refreshToken: null);

        using var page = await GetAsync(Page, $"{cookie}; shop-signed-out=member");

        Assert.False(await IsMembersPageAsync(page));
        Assert.Contains(SetCookies(page), value => value.StartsWith($"{MemberCookie.Name}=;", StringComparison.Ordinal));
    }

    [Fact]
    public async Task File_whose_response_ends_a_session_is_for_no_shared_cache()
    {
        using var page = await GetAsync(Page, "");
        using var document = new HtmlParser().ParseDocument(await page.Content.ReadAsStringAsync());
        var file = document.QuerySelector("link[rel=stylesheet]")!.GetAttribute("href")!;

        using var response = await GetAsync(file, CreateCookie(age: _lifetime, refreshToken: "refused"));

        Assert.NotEmpty(SetCookies(response));
        Assert.True(response.Headers.CacheControl!.Private);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("refused")]
    public async Task Member_whose_expired_token_cannot_be_replaced_is_led_to_the_provider(string? refreshToken)
    {
        using var response = await GetAsync("/login?returnUrl=/cart", CreateCookie(age: _lifetime, refreshToken));

        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        Assert.StartsWith($"{_provider!.Address}/authorize?", response.Headers.Location?.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Expired_token_signs_nobody_out_while_the_provider_is_away()
    {
        using var storefront = Start("http://127.0.0.1:1");
        var cookie = CreateCookie(storefront, age: _lifetime, refreshToken: "some");

        using var login = await GetAsync(storefront, "/login?returnUrl=/cart", cookie);
        using var page = await GetAsync(storefront, Page, cookie);

        Assert.Equal("/login/failed?reason=unavailable", login.Headers.Location?.ToString());
        Assert.DoesNotContain(SetCookies(login), value => value.StartsWith(MemberCookie.Name, StringComparison.Ordinal));
        Assert.True(await IsMembersPageAsync(page));
    }

    [Fact]
    public async Task Requests_with_the_same_refresh_token_at_once_and_later_refresh_once()
    {
        var cookie = CreateCookie(age: _lifetime, _provider!.IssueRefreshToken());
        var arrival = new TaskCompletionSource();
        _provider.Delay = arrival.Task;

        var requests = Enumerable.Range(0, 8).Select(_ => GetAsync(Page, cookie)).ToList();
        await _provider.Arrival;
        arrival.SetResult();
        // A request that the browser sent before it had the new cookie.
        requests.Add(GetAsync(Page, cookie));
        var responses = await Task.WhenAll(requests);
        using var late = await GetAsync(Page, cookie);

        foreach (var response in responses.Append(late))
        {
            Assert.True(await IsMembersPageAsync(response));
        }

        Assert.Single(_provider.Refreshes);
    }

    [Fact]
    public async Task Sign_out_form_of_a_member_who_is_no_longer_signed_in_leads_to_a_page()
    {
        using var response = await SignOutAsync(
            CreateCookie(age: TimeSpan.Zero, refreshToken: null), CreateCookie(age: _lifetime, refreshToken: "refused"));

        Assert.Equal("/", response.Headers.Location?.ToString());
    }

    [Fact]
    public async Task Visitor_after_a_sign_out_needs_the_password_again()
    {
        using var before = await GetAsync("/login", "");
        Assert.DoesNotContain("prompt", before.Headers.Location!.Query, StringComparison.Ordinal);
        var member = CreateCookie(age: TimeSpan.Zero, refreshToken: null);
        using var signedOut = await SignOutAsync(member, member);

        var cookies = string.Join("; ", SetCookies(signedOut).Select(value => value.Split(';')[0]));
        using var after = await GetAsync("/login", cookies);

        Assert.Contains("prompt=login", after.Headers.Location!.Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Callbacks_of_strangers_are_no_warnings()
    {
        var log = new RecordedLog();
        _storefront!.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        using var login = await GetAsync("/login", "");
        var state = QueryHelpers.ParseQuery(login.Headers.Location!.Query)["state"].ToString();

        foreach (var query in (string[])["", "?state=forged", "?code=forged&state=forged", $"?code=forged&state={state}"])
        {
            using var response = await GetAsync($"/login/callback{query}", "");
            Assert.Equal("/login/failed?reason=invalid", response.Headers.Location?.ToString());
        }

        // No service runs behind the proxy, which says so at some time.
        Assert.DoesNotContain(log.Warnings, warning => !warning.StartsWith("Active health state", StringComparison.Ordinal));
    }

    private static InProcessService Start(string authority) => InProcessService.StartStorefront(settings:
    [
        ("SignIn:Authority", authority), ("SignIn:ClientSecret", "secret"), ("SignIn:CartKey", new('c', 32)),
    ]);

    private static async Task<bool> IsMembersPageAsync(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadAsStringAsync()).Contains("href=\"/logout\"", StringComparison.Ordinal);
    }

    private static IEnumerable<string> SetCookies(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Set-Cookie", out var values) ? values : [];

    private Task<HttpResponseMessage> GetAsync(string address, string cookie) => GetAsync(_storefront!, address, cookie);

    private static async Task<HttpResponseMessage> GetAsync(InProcessService storefront, string address, string cookie)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Add("Cookie", cookie.Length > 0 ? cookie : "none=1");
        return await storefront.Client.SendAsync(request);
    }

    // Opens the page with one session, and sends its form with another one.
    private async Task<HttpResponseMessage> SignOutAsync(string opened, string sent)
    {
        using var response = await GetAsync("/logout", opened);
        var page = await new HtmlParser().ParseDocumentAsync(await response.Content.ReadAsStringAsync());
        var form = page.Forms.Single(form => form.Method == "post");
        var formCookie = SetCookies(response).Single(value => value.StartsWith("shop-form", StringComparison.Ordinal)).Split(';')[0];
        using var request = new HttpRequestMessage(HttpMethod.Post, "/logout")
        {
            Content = new FormUrlEncodedContent(ScriptlessBrowser.ReadFields(form)),
        };
        request.Headers.Add("Cookie", $"{formCookie}; {sent}");
        return await _storefront!.Client.SendAsync(request);
    }

    private string CreateCookie(TimeSpan age, string? refreshToken) => CreateCookie(_storefront!, age, refreshToken);

    // As the storefront creates it after a sign-in that was some time ago.
    private static string CreateCookie(InProcessService storefront, TimeSpan age, string? refreshToken)
    {
        var properties = new AuthenticationProperties { IssuedUtc = DateTimeOffset.UtcNow, ExpiresUtc = DateTimeOffset.UtcNow.AddDays(1) };
        MemberTokens.Create("access", refreshToken, $"{_lifetime.TotalSeconds}", DateTimeOffset.UtcNow - age).Write(properties);
        var principal = new ClaimsPrincipal(new ClaimsIdentity([new("sub", "member"), new("email", "ada@example.org")], "test"));
        var options = storefront.Services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(MemberCookie.Scheme);
        return $"{MemberCookie.Name}={options.TicketDataFormat.Protect(new(principal, properties, MemberCookie.Scheme))}";
    }
}
