using System.Net;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Storefront;

public sealed class SecurityHeaderTests
{
    private static readonly Dictionary<string, string> _headers = new()
    {
        ["Content-Security-Policy"] =
            "default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
        ["X-Content-Type-Options"] = "nosniff",
        ["Referrer-Policy"] = "strict-origin-when-cross-origin",
        ["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ["Cross-Origin-Opener-Policy"] = "same-origin",
        ["Cross-Origin-Resource-Policy"] = "same-origin",
    };

    [Theory]
    [InlineData("/")]
    [InlineData("/nowhere")]
    [InlineData("/api/v1/products")]
    [InlineData("/sso/authorize")]
    [InlineData("/health")]
    public async Task Every_response_has_the_security_headers_once_also_errors(string path)
    {
        using var storefront = InProcessService.StartStorefront(settings: ("services:catalog:http:0", "http://127.0.0.1:1"));

        using var response = await storefront.Client.GetAsync(path);

        Assert.NotEmpty(_headers);
        Assert.All(_headers, header => Assert.Equal(header.Value, Assert.Single(response.Headers.GetValues(header.Key))));
    }

    [Theory]
    [InlineData("https://login.example.com/shop", "'self' https://login.example.com")]
    [InlineData("https://login.example.com:8443", "'self' https://login.example.com:8443")]
    public async Task Sign_out_form_may_lead_to_another_provider(string authority, string expected)
    {
        using var storefront = InProcessService.StartStorefront(settings:
        [
            ("SignIn:Authority", authority), ("SignIn:ClientSecret", "secret"), ("SignIn:CartKey", new('c', 32)),
        ]);

        using var response = await storefront.Client.GetAsync("/nowhere");

        Assert.Contains(
            $"; form-action {expected};",
            Assert.Single(response.Headers.GetValues("Content-Security-Policy")),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_shared_cache_may_keep_what_is_for_one_visitor()
    {
        using var storefront = InProcessService.StartStorefront();

        using var response = await storefront.Client.GetAsync("/nowhere");

        Assert.True(response.Headers.CacheControl!.Private || response.Headers.CacheControl.NoStore);
    }

    [Fact]
    public async Task Visitor_who_comes_from_another_site_sends_the_cookies_of_the_shop()
    {
        using var storefront = InProcessService.StartStorefront();

        using var response = await storefront.Client.GetAsync("/logout");

        var cookies = response.Headers.GetValues("Set-Cookie").ToList();
        Assert.Contains(cookies, cookie => cookie.StartsWith("shop-form=", StringComparison.Ordinal));
        Assert.All(cookies, cookie => Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("Production", "https", true)]
    [InlineData("Production", "http", false)]
    [InlineData("Development", "https", false)]
    public async Task Browser_is_told_to_use_HTTPS_only_where_it_did_so(string environment, string scheme, bool expected)
    {
        using var storefront = InProcessService.StartStorefront(environment,
        [
            ("Shop:Proxies:Trusted", "127.0.0.1"), ("Kestrel:Endpoints:http:Url", "http://127.0.0.1:0"),
            ("Kestrel:Endpoints:management:Url", "http://127.0.0.1:0"),
        ]);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/nowhere");
        request.Headers.Add("X-Forwarded-Proto", scheme);
        request.Headers.Add("X-Forwarded-For", "192.0.2.1");

        using var response = await storefront.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal(expected, response.Headers.Contains("Strict-Transport-Security"));
    }
}
