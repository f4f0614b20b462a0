using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting.Testing;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Integration.Insights;

/// <summary>Pages of Insights and their figures, in the whole application.</summary>
[Collection(WholeApplication.Name)]
public sealed class FigurePageTests(ShopApp shop)
{
    [Theory]
    [InlineData("/jumps", "Redirects")]
    [InlineData("/jumps?pairs=referrer&last=1h&synthetic=true&device=mobile", "Redirects")]
    [InlineData("/alerts", "Alerts")]
    [InlineData("/experiments?last=1h", "Experiments")]
    [InlineData("/critical-routes?last=1h", "Critical routes")]
    [InlineData("/quality?last=1h", "Data quality")]
    public async Task Page_is_shown_to_staff(string address, string heading)
    {
        using var staff = shop.CreateStaffClient("insights", "http");
        staff.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        using var response = await staff.GetAsync(address);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains($"<h1>{heading}</h1>", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Range_and_synthetic_visitors_are_kept_on_the_way_to_another_page()
    {
        using var staff = shop.CreateStaffClient("insights", "http");
        staff.DefaultRequestHeaders.Accept.ParseAdd("text/html");

        var page = await staff.GetStringAsync("/jumps?pairs=referrer&last=7d&synthetic=true&device=%22%3E");

        Assert.Contains("href=\"/funnel?last=7d&amp;synthetic=true\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Way_to_the_sign_in_is_a_jump_that_reaches_its_target()
    {
        using var storefront = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = shop.App.GetEndpoint("storefront", "http"),
        };
        var browser = new ScriptlessBrowser(storefront) { Headers = { ["Accept"] = "text/html" } };
        await browser.OpenAsync("/products");
        var login = await browser.OpenAsync("/login");
        Assert.Contains("/sso/login", login.Path, StringComparison.Ordinal);

        using var staff = shop.CreateStaffClient("insights", "http");
        // The routes of the default rule.
        var pair = await Eventually.ReadAsync(
            async () => (await staff.GetFromJsonAsync<JsonElement>("/api/v1/jumps?last=15m")).GetProperty("pairs").EnumerateArray()
                .FirstOrDefault(pair => pair.GetProperty("from").GetString() == "/login"
                    && pair.GetProperty("to").GetString()!.StartsWith("/sso/", StringComparison.Ordinal)),
            pair => pair.ValueKind is JsonValueKind.Object && pair.GetProperty("reached").GetInt64() > 0);
        Assert.Equal(302, pair.GetProperty("status").GetInt32());
        Assert.Equal(32, pair.GetProperty("traceIds")[0].GetString()!.Length);
    }

    [Fact]
    public async Task Storm_of_requests_without_a_sign_in_is_an_alert_with_traces_within_a_minute()
    {
        using var storefront = new HttpClient { BaseAddress = shop.App.GetEndpoint("storefront", "http") };
        for (var request = 0; request < 40; request++)
        {
            using var response = await storefront.GetAsync("/api/v1/orders");
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        }

        using var staff = shop.CreateStaffClient("insights", "http");
        var alert = await Eventually.ReadAsync(
            async () => (await staff.GetFromJsonAsync<JsonElement>("/api/v1/alerts?last=15m")).GetProperty("items").EnumerateArray()
                .FirstOrDefault(alert => alert.GetProperty("rule").GetString() == "session_invalidation"
                    && alert.GetProperty("firedAt").ValueKind is JsonValueKind.String),
            alert => alert.ValueKind is JsonValueKind.Object,
            TimeSpan.FromMinutes(1));
        Assert.True(alert.GetProperty("peak").GetDouble() > 30);
        Assert.Equal(3, alert.GetProperty("traceIds").GetArrayLength());
    }
}
