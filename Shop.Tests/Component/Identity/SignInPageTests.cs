using System.Net;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Identity;

/// <summary>What the pages of the provider need and send, without its database.</summary>
[Collection(TracingTestGroup.Name)]
public sealed class SignInPageTests
{
    private static readonly (string, string?) _key = ("Shop:DataProtection:Keys:1", new('d', 32));

    [Fact]
    public async Task Page_is_shown_while_the_database_is_away()
    {
        using var identity = InProcessService.Start("identity", settings: _key);

        using var response = await identity.Client.GetAsync("/sso/login");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public void Replicas_with_the_same_secret_accept_each_others_cookies_and_forms()
    {
        using var first = InProcessService.Start("identity", settings: _key);
        using var second = InProcessService.Start("identity", settings: _key);
        using var other = InProcessService.Start("identity", settings: ("Shop:DataProtection:Keys:1", new('e', 32)));

        var text = first.Services.GetDataProtector("test").Protect("text");

        Assert.Equal("text", second.Services.GetDataProtector("test").Unprotect(text));
        Assert.ThrowsAny<Exception>(() => other.Services.GetDataProtector("test").Unprotect(text));
    }

    [Theory]
    [InlineData("/sso/token")]
    [InlineData("/sso/revoke")]
    [InlineData("/sso/login")]
    [InlineData("/sso/register")]
    public async Task Form_that_cannot_be_read_is_400(string path)
    {
        using var identity = InProcessService.Start("identity", settings: _key);
        using var form = new FormUrlEncodedContent([new("client_id", "a\0b")]);

        using var response = await identity.Client.PostAsync(path, form);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Theory]
    [InlineData("https://shop.example/sso", "__Secure-shop-sso", CookieSecurePolicy.Always)]
    [InlineData("http://localhost/sso", "shop-sso", CookieSecurePolicy.SameAsRequest)]
    public async Task Cookies_have_the_prefix_of_HTTPS_where_browsers_use_it(string issuer, string name, CookieSecurePolicy secure)
    {
        using var identity = InProcessService.Start("identity", settings: [_key, ("Identity:Issuer", issuer)]);

        using var response = await identity.Client.GetAsync("/sso/login");

        var form = Assert.Single(
            response.Headers.GetValues("Set-Cookie"), cookie => cookie.StartsWith($"{name}-form=", StringComparison.Ordinal));
        Assert.Equal(secure is CookieSecurePolicy.Always, form.Contains("; secure", StringComparison.Ordinal));
        var session = identity.Services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>()
            .Get(IdentityConstants.ApplicationScheme).Cookie;
        Assert.Equal((name, secure), (session.Name, session.SecurePolicy));
    }
}
