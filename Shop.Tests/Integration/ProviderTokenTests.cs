using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration;

/// <summary>The tokens of the provider.</summary>
[Collection(WholeApplication.Name)]
public sealed class ProviderTokenTests(ShopApp shop)
{
    [Fact]
    public async Task Token_of_the_tools_client_is_that_of_staff_and_a_member_is_refused()
    {
        var staff = await shop.RequestStaffTokenAsync();
        var member = await RequestMemberTokenAsync("member@example.org");

        Assert.Equal(HttpStatusCode.OK, await GetOrdersAsync(staff));
        Assert.Equal(HttpStatusCode.Forbidden, await GetOrdersAsync(member));
        Assert.Equal(HttpStatusCode.OK, await GetOrdersAsync(await RequestMemberTokenAsync("staff@example.org")));
        // The signature belongs to the content.
        var parts = staff.Split('.');
        Assert.Equal(HttpStatusCode.Unauthorized, await GetOrdersAsync($"{parts[0]}.{member.Split('.')[1]}.{parts[2]}"));
    }

    [Fact]
    public async Task Access_token_says_who_the_member_is_and_contains_no_email_address()
    {
        var token = await RequestMemberTokenAsync("member@example.org");

        var claims = JsonDocument.Parse(Convert.FromBase64String(ToBase64(token.Split('.')[1]))).RootElement;
        Assert.Equal("shop", claims.GetProperty("aud").GetString());
        Assert.Equal("member", claims.GetProperty("role").GetString());
        Assert.True(Guid.TryParse(claims.GetProperty("sub").GetString(), out _));
        Assert.Equal(new Uri(new Browser(shop).Origin, "/sso").ToString(), claims.GetProperty("iss").GetString());
        Assert.DoesNotContain("example.org", claims.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_secret_gets_no_token()
    {
        using var storefront = shop.App.CreateHttpClient("storefront", "http");

        using var response = await storefront.PostAsync("/sso/token", new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = "shop-tools",
            ["client_secret"] = "wrong",
        }));

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task No_token_of_a_sign_in_is_accepted_after_one_of_them_was_revoked()
    {
        var first = ReadRefreshToken(await RequestTokensAsync("member@example.org", "openid offline_access"));
        using var refreshed = await RefreshAsync(first);
        var second = ReadRefreshToken(await refreshed.Content.ReadFromJsonAsync<JsonElement>());
        Assert.NotEqual(first, second);
        var other = ReadRefreshToken(await RequestTokensAsync("member@example.org", "openid offline_access"));

        using var revoked = await PostAsync("/sso/revoke", ("token", second), ("token_type_hint", "refresh_token"));
        Assert.Equal(HttpStatusCode.OK, revoked.StatusCode);

        foreach (var token in (string[])[first, second])
        {
            using var refused = await RefreshAsync(token);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Contains("invalid_grant", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        // The member stays signed in on another device.
        using var accepted = await RefreshAsync(other);
        Assert.Equal(HttpStatusCode.OK, accepted.StatusCode);

        static string ReadRefreshToken(JsonElement tokens) => tokens.GetProperty("refresh_token").GetString()!;
    }

    [Theory]
    [InlineData("/sso/token", "client_id")]
    [InlineData("/sso/token", "client_secret")]
    [InlineData("/sso/token", "scope")]
    [InlineData("/sso/token", "refresh_token")]
    [InlineData("/sso/token", "code", "authorization_code")]
    [InlineData("/sso/revoke", "token")]
    public async Task Control_characters_in_a_request_are_400(string path, string field, string grantType = "refresh_token")
    {
        foreach (var character in (string[])["\0", "\u0001"])
        {
            using var response = await PostAsync(
                path, ("grant_type", grantType), ("refresh_token", "some"), ("token", "some"), (field, $"a{character}b"));

            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        }
    }

    private static string ToBase64(string text) =>
        text.Replace('-', '+').Replace('_', '/').PadRight((text.Length + 3) / 4 * 4, '=');

    private async Task<HttpStatusCode> GetOrdersAsync(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/admin/orders");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await shop.Orders.SendAsync(request);
        return response.StatusCode;
    }

    // As the storefront does it.
    private async Task<string> RequestMemberTokenAsync(string email) =>
        (await RequestTokensAsync(email, "openid")).GetProperty("access_token").GetString()!;

    private async Task<JsonElement> RequestTokensAsync(string email, string scope)
    {
        using var browser = new Browser(shop);
        var verifier = Guid.NewGuid().ToString("n") + Guid.NewGuid().ToString("n");
        var callback = new Uri(browser.Origin, "/login/callback").ToString();
        var authorize = QueryHelpers.AddQueryString("/sso/authorize", new Dictionary<string, string?>
        {
            ["client_id"] = "storefront",
            ["redirect_uri"] = callback,
            ["response_type"] = "code",
            ["scope"] = scope,
            ["code_challenge"] = WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))),
            ["code_challenge_method"] = "S256",
        });
        await browser.OpenAsync(authorize);
        await browser.SubmitAsync(("Input.Email", email), ("Input.Password", "a-demo-of-the-shop"));
        var code = QueryHelpers.ParseQuery(new Uri(browser.Origin, (await browser.FindRedirectAsync(authorize))!).Query)["code"].ToString();

        using var response = await PostAsync(
            "/sso/token", ("grant_type", "authorization_code"), ("redirect_uri", callback), ("code", code), ("code_verifier", verifier));
        return await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
    }

    private Task<HttpResponseMessage> RefreshAsync(string refreshToken) =>
        PostAsync("/sso/token", ("grant_type", "refresh_token"), ("refresh_token", refreshToken));

    // As the storefront does it: with its secret, unless the fields have another one.
    private async Task<HttpResponseMessage> PostAsync(string path, params (string Name, string Value)[] fields)
    {
        var secret = await shop.App.Services.GetRequiredService<DistributedApplicationModel>().Resources.OfType<ParameterResource>()
            .Single(parameter => parameter.Name == "sign-in-client-secret").GetValueAsync(CancellationToken.None);
        var form = new Dictionary<string, string> { ["client_id"] = "storefront", ["client_secret"] = secret! };
        foreach (var (name, value) in fields)
        {
            form[name] = value;
        }

        using var storefront = shop.App.CreateHttpClient("storefront", "http");
        return await storefront.PostAsync(path, new FormUrlEncodedContent(form));
    }
}
