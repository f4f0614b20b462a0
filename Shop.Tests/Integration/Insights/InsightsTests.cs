using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Aspire.Hosting.Testing;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Integration.Insights;

/// <summary>Insights in the whole application, from a visit to the figures.</summary>
[Collection(WholeApplication.Name)]
public sealed class InsightsTests(ShopApp shop)
{
    private static readonly TimeSpan _seconds = TimeSpan.FromSeconds(20);

    private readonly Database _db = new(shop, "insightsdb");

    [Fact]
    public async Task Visit_to_the_shop_is_in_the_funnel_within_seconds_with_its_session_and_traces()
    {
        var sku = await new CatalogAdminClient(shop).AddAsync(onHand: 5);
        using var storefront = CreateClient("storefront");
        var browser = new ScriptlessBrowser(storefront);
        await browser.OpenAsync("/");
        var page = await browser.OpenAsync($"/products/{sku}");
        await browser.SubmitAsync(page, "#add-to-cart", ("quantity", "1"));
        var left = DateTimeOffset.UtcNow;

        var sessionId = (await Eventually.ReadAsync(
            () => _db.LinesAsync("select session_id from events where sku = $1 and name = 'cart.line_added'", sku),
            sessions => sessions.Count > 0))[0];
        Assert.InRange(DateTimeOffset.UtcNow - left, TimeSpan.Zero, _seconds);

        using var staff = shop.CreateStaffClient("insights", "http");
        foreach (var step in (int[])[1, 2, 3])
        {
            var reached = await staff.GetFromJsonAsync<JsonElement>($"/api/v1/funnel/sessions?last=15m&limit=500&step={step}");
            var unit = reached.GetProperty("items").EnumerateArray().Single(item => item.GetProperty("id").GetString() == sessionId);
            Assert.Equal(32, unit.GetProperty("traceId").GetString()!.Length);
        }

        var lost = await staff.GetFromJsonAsync<JsonElement>("/api/v1/funnel/sessions?last=15m&limit=500&step=4&lost=true");
        Assert.Contains(lost.GetProperty("items").EnumerateArray(), item => item.GetProperty("id").GetString() == sessionId);
        var session = await staff.GetFromJsonAsync<JsonElement>($"/api/v1/sessions/{sessionId}");
        var names = session.GetProperty("events").EnumerateArray().Select(item => item.GetProperty("name").GetString()).ToList();
        Assert.Equal("page.viewed", names[0]);
        Assert.Contains("product.viewed", names);

        var funnel = await staff.GetFromJsonAsync<JsonElement>("/api/v1/funnel?last=15m&by=segment");
        Assert.True(funnel.GetProperty("steps")[2].GetProperty("count").GetInt64() >= 1);
        Assert.True(funnel.GetProperty("asOf").GetDateTimeOffset() > left.AddMinutes(-1));
        Assert.Equal(
            funnel.GetProperty("steps")[0].GetProperty("count").GetInt64(),
            funnel.GetProperty("groups").EnumerateArray().Sum(group => group.GetProperty("steps")[0].GetProperty("count").GetInt64()));
    }

    [Theory]
    [InlineData("ordered")]
    [InlineData("strict")]
    public async Task Visitor_who_lands_on_a_product_is_counted_at_the_page_and_at_the_product(string order)
    {
        var sku = await new CatalogAdminClient(shop).AddAsync(onHand: 5);
        using var storefront = CreateClient("storefront");
        await new ScriptlessBrowser(storefront).OpenAsync($"/products/{sku}");

        var viewed = await Eventually.ReadAsync(
            () => _db.LinesAsync("select session_id from events where sku = $1 and name = 'product.viewed'", sku),
            sessions => sessions.Count > 0);
        await Eventually.ReadAsync(
            () => _db.ReadAsync<long>("select count(*) from events where session_id = $1 and name = 'page.viewed'", viewed[0]),
            count => count == 1);
        using var staff = shop.CreateStaffClient("insights", "http");
        foreach (var step in (int[])[1, 2])
        {
            var reached = await staff.GetFromJsonAsync<JsonElement>(
                $"/api/v1/funnel/sessions?last=15m&limit=500&order={order}&step={step}");
            Assert.Contains(reached.GetProperty("items").EnumerateArray(), item => item.GetProperty("id").GetString() == viewed[0]);
        }

        // The view begins before what the catalog does for the page. A read that takes longer than half a second is sent again, and viewed.
        var session = await staff.GetFromJsonAsync<JsonElement>($"/api/v1/sessions/{viewed[0]}");
        Assert.Equal(
            ["page.viewed", "product.viewed"],
            session.GetProperty("events").EnumerateArray().Select(item => item.GetProperty("name").GetString())
                .Where(name => name is "page.viewed" or "product.viewed").Distinct());
    }

    [Theory]
    [InlineData("/api/v1/funnel?window=never", "window")]
    [InlineData("/api/v1/funnel/sessions?step=0", "step")]
    [InlineData("/api/v1/paths?start=/&end=/cart", "end")]
    [InlineData("/api/v1/jumps?pairs=ip", "pairs")]
    [InlineData("/api/v1/alerts?last=week", "last")]
    [InlineData("/api/v1/experiments?window=never", "window")]
    [InlineData("/api/v1/critical-route-candidates?conversion=a b", "conversion")]
    [InlineData("/api/v1/quality?synthetic=1", "synthetic")]
    [InlineData("/api/v1/quality/days?to=1", "to")]
    public async Task Problem_names_the_field_that_is_not_valid(string address, string field)
    {
        using var staff = shop.CreateStaffClient("insights", "http");
        using var response = await staff.GetAsync(address);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.NotEmpty(problem.GetProperty("errors").GetProperty(field).EnumerateArray());
    }

    [Theory]
    [InlineData("/api/v1/funnel?last=15m", "group,number,label")]
    [InlineData("/api/v1/paths?last=15m", "step,from,to,count")]
    [InlineData("/api/v1/jumps?last=15m", "from,to,status,count")]
    [InlineData("/api/v1/alerts?last=15m", "id,rule,subject,state")]
    [InlineData("/api/v1/experiments?last=15m", "experiment,variant")]
    [InlineData("/api/v1/critical-route-candidates?last=15m", "kind,name,critical_route")]
    [InlineData("/api/v1/quality?last=15m", "service,name,count")]
    [InlineData("/api/v1/quality/days?last=7d", "day,checked_at")]
    public async Task Figures_are_CSV_on_request(string address, string header)
    {
        using var staff = shop.CreateStaffClient("insights", "http");
        staff.DefaultRequestHeaders.Accept.ParseAdd("text/csv");
        using var response = await staff.GetAsync(address);
        Assert.Equal("text/csv", response.Content.Headers.ContentType!.MediaType);
        Assert.StartsWith(header, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("staff@example.org", HttpStatusCode.OK, "Funnel")]
    [InlineData("member@example.org", HttpStatusCode.Forbidden, "Insights is for staff")]
    public async Task Person_signs_in_at_the_provider_and_sees_the_pages_as_staff_only(string email, HttpStatusCode status, string heading)
    {
        using var insights = CreateClient("insights");
        var browser = new ScriptlessBrowser(insights) { Headers = { ["Accept"] = "text/html" } };

        var login = await browser.OpenAsync("/funnel?last=1h");
        Assert.Contains("/sso/login", login.Path, StringComparison.Ordinal);
        var page = await browser.SubmitAsync(login, "form[method=post]", ("Input.Email", email), ("Input.Password", "a-demo-of-the-shop"));

        Assert.Equal((status, heading), (page.Status, page.Heading));
    }

    [Fact]
    public async Task Message_that_cannot_be_read_goes_to_the_error_queue_and_does_not_block_the_others()
    {
        await using var broker = await BrokerClient.OpenAsync(shop);
        var (poison, session) = ($"poison {Guid.NewGuid()}", $"after-{Guid.NewGuid():N}");

        await broker.PublishAsync("insights-journey-events", Encoding.UTF8.GetBytes(poison), "1");
        // Valid JSON with a number that PostgreSQL does not store.
        await broker.PublishAsync("insights-journey-events", EventMessage.Create(poison, "1e999999", isText: false), "2");
        await broker.PublishAsync("insights-journey-events", EventMessage.Create(session, "ok"), "3");

        await Eventually.ReadAsync(
            () => _db.ReadAsync<long>("select count(*) from events where session_id = $1", session), count => count == 1);
        var errors = await Eventually.ReadAsync(
            () => broker.PeekAsync("insights-journey-events_error"),
            messages => messages.Count(message => message.Contains(poison, StringComparison.Ordinal)) == 2);
        Assert.DoesNotContain(errors, message => message.Contains(session, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Message_of_the_error_queue_that_is_published_again_is_stored_once()
    {
        await using var broker = await BrokerClient.OpenAsync(shop);
        var session = $"replayed-{Guid.NewGuid():N}";
        // As if the reason for which it was not stored were gone.
        await broker.PublishAsync("insights-journey-events_error", EventMessage.Create(session, "first"), "1");
        var message = (await broker.PeekAsync("insights-journey-events_error"))
            .Single(message => message.Contains(session, StringComparison.Ordinal));

        await broker.PublishAsync("insights-journey-events", Encoding.UTF8.GetBytes(message), "2");
        await broker.PublishAsync("insights-journey-events", Encoding.UTF8.GetBytes(message), "3");
        await broker.PublishAsync("insights-journey-events", EventMessage.Create(session, "last"), "4");

        await Eventually.ReadAsync(
            () => _db.ReadAsync<long>(
                "select count(*) from events where session_id = $1 and properties ->> 'test.value' = 'last'", session),
            count => count == 1);
        Assert.Equal(2, await _db.ReadAsync<long>("select count(*) from events where session_id = $1", session));
        Assert.True(await broker.RemoveAsync("insights-journey-events_error", session));
    }

    private HttpClient CreateClient(string service) => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        BaseAddress = shop.App.GetEndpoint(service, "http"),
    };
}
