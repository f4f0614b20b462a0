using System.Net;
using System.Net.Http.Json;
using AngleSharp.Html.Dom;
using Aspire.Hosting.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.Insights.CriticalRoutes;
using Shop.Insights.Data;
using Shop.Insights.Events;
using Shop.Telemetry.Events;
using Shop.Telemetry.Sampling.CriticalRoutes.Accepted;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Integration.Insights;

/// <summary>Candidates that staff accept and withdraw, in Insights and its database.</summary>
[Collection(WholeApplication.Name)]
public sealed class AcceptedRouteTests(ShopApp shop)
{
    private const string Key = "the-service-key-of-the-accepted-routes";

    private static readonly string _signingKey = Convert.ToBase64String(new byte[32]);

    [Fact]
    public async Task Each_change_has_a_higher_version_and_an_audit_record()
    {
        await using var database = await CreateAsync();
        await AssertChangesAsync(database);
    }

    [Fact]
    public async Task No_more_than_50_routes_are_accepted_also_at_the_same_time()
    {
        await using var database = await CreateAsync();
        await AssertLimitAsync(database);
    }

    [Fact]
    public async Task Candidate_is_accepted_and_withdrawn_by_forms_of_the_page_and_read_by_services()
    {
        await using var database = await CreateAsync();
        await AssertFormsAsync(database);
    }

    [Fact]
    public async Task Page_that_staff_accept_is_critical_in_the_storefront_that_runs()
    {
        using var insights = CreateClient("insights");
        using var storefront = CreateClient("storefront");
        var staff = CreateBrowser(insights, await shop.RequestStaffTokenAsync());
        var page = await staff.OpenAsync("/critical-routes?last=1h");
        var token = ScriptlessBrowser.ReadFields(page.Find<IHtmlFormElement>("form.account"));
        await staff.PostAsync("/critical-routes/accept", [.. token.Select(field => (field.Key, field.Value)), ("page", "/orders")]);
        var database = new Database(shop, "insightsdb");
        try
        {
            await Eventually.ReadAsync(
                async () =>
                {
                    await new ScriptlessBrowser(storefront) { Headers = { ["Accept"] = "text/html" } }.OpenAsync("/orders");
                    return await database.ReadAsync<long>(
                        """
                        select count(*) from events
                        where name = 'page.viewed' and page_path = '/orders' and properties ->> 'shop.critical_route' = 'accepted.orders'
                        """);
                },
                count => count > 0);
        }
        finally
        {
            await staff.SubmitAsync(await staff.OpenAsync("/critical-routes?last=1h"), "form[action^='/critical-routes/withdraw']");
        }
    }

    internal static async Task AssertChangesAsync(InsightsDatabase database)
    {
        using var log = new RecordedLog();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(log));
        await using var scope = database.Services.CreateAsyncScope();
        var store = new AcceptedRouteStore(
            scope.ServiceProvider.GetRequiredService<InsightsDbContext>(), TimeProvider.System,
            new AuditLog(loggers, new HttpContextAccessor()));
        Assert.Equal((0L, 0), await GetAsync());

        Assert.True(await store.AcceptAsync("/products/:sku", null, "ada", CancellationToken.None));
        var (first, _) = await GetAsync();
        Assert.True(await store.AcceptAsync("/products/:sku", null, "bob", CancellationToken.None)); // as it is already
        Assert.Equal((first, 1), await GetAsync());
        Assert.True(await store.AcceptAsync(null, "cart.viewed", "bob", CancellationToken.None));
        var (second, _) = await GetAsync();
        Assert.True(first > 0 && second > first);
        Assert.Equal(
            [new("accepted.cart.viewed", null, "cart.viewed"), new("accepted.products-sku", "/products/:sku", null)],
            (await store.GetAsync(CancellationToken.None)).Routes);

        var accepted = (await store.ListAsync(CancellationToken.None)).Single(route => route.Page is not null);
        Assert.Equal(("ada", null), (accepted.AcceptedBy, accepted.WithdrawnBy));
        await store.WithdrawAsync(accepted.Id, "eve", CancellationToken.None);
        var (third, count) = await GetAsync();
        Assert.True(third > second);
        Assert.Equal(1, count);
        await store.WithdrawAsync(accepted.Id, "bob", CancellationToken.None); // as it is already
        Assert.Equal((third, 1), await GetAsync());
        var withdrawn = (await store.ListAsync(CancellationToken.None)).Single(route => route.Page is not null);
        Assert.Equal(("ada", "eve"), (withdrawn.AcceptedBy, withdrawn.WithdrawnBy));
        Assert.NotNull(withdrawn.WithdrawnAt);

        // It can be accepted again, under its name.
        Assert.True(await store.AcceptAsync("/products/:sku", null, "bob", CancellationToken.None));
        Assert.Equal("accepted.products-sku", (await store.ListAsync(CancellationToken.None)).First(route => route.Page is not null).Name);

        Assert.Equal(3, log.TextsOf("critical_route.accepted").Count);
        Assert.Contains("/products/:sku was accepted", log.TextsOf("critical_route.accepted")[0], StringComparison.Ordinal);
        var text = Assert.Single(log.TextsOf("critical_route.withdrawn"));
        Assert.Contains("accepted.products-sku was withdrawn", text, StringComparison.Ordinal);

        async Task<(long Version, int Count)> GetAsync()
        {
            var routes = await store.GetAsync(CancellationToken.None);
            return (routes.Version, routes.Routes.Count);
        }
    }

    internal static async Task AssertLimitAsync(InsightsDatabase database)
    {
        var accepted = await Task.WhenAll(Enumerable.Range(0, AcceptedRoutes.MaxCount + 10).Select(async number =>
        {
            await using var scope = database.Services.CreateAsyncScope();
            return await scope.ServiceProvider.GetRequiredService<AcceptedRouteStore>()
                .AcceptAsync($"/same/{number}", null, "ada", CancellationToken.None);
        }));

        Assert.Equal(AcceptedRoutes.MaxCount, accepted.Count(done => done));
        await using var check = database.Services.CreateAsyncScope();
        var routes = await check.ServiceProvider.GetRequiredService<AcceptedRouteStore>().GetAsync(CancellationToken.None);
        Assert.True(routes.IsValid());
        Assert.Equal(AcceptedRoutes.MaxCount, routes.Routes.Count);
    }

    internal static async Task AssertFormsAsync(InsightsDatabase database)
    {
        // 200 sessions, of which 50 convert: 40 of the 60 that have the guide.
        var start = DateTimeOffset.UtcNow.AddHours(-2);
        await database.Store.StoreAsync(
            [
                .. Enumerable.Range(0, 200).SelectMany(number => (StoredEvent[])
                [
                    TestEvents.Page(start.AddSeconds(number), $"s{number}", number < 60 ? "/guide" : "/"),
                    .. number is >= 40 and < 190
                        ? Array.Empty<StoredEvent>()
                        : [TestEvents.Create(start.AddSeconds(number + 1), "payment.accepted", $"s{number}")],
                ]),
            ],
            CancellationToken.None);
        using var insights = InProcessService.Start(
            "insights",
            settings:
            [
                .. BearerTokens.Settings(_signingKey),
                ("Shop:ServiceKey", Key),
                ("ConnectionStrings:insightsdb", database.ConnectionString),
            ]);
        var browser = CreateBrowser(insights.Client, BearerTokens.Create(_signingKey, "staff", subject: "ada"));
        using (var unknown = await GetAcceptedAsync(insights.Client, key: null))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, unknown.StatusCode);
        }

        var page = await browser.OpenAsync("/critical-routes?last=6h");
        Assert.Equal("Critical routes", page.Heading);
        var after = await browser.SubmitAsync(page, "form[action^='/critical-routes/accept']");

        Assert.Equal((HttpStatusCode.OK, "/critical-routes?last=6h"), (after.Status, after.Path));
        using var response = await GetAcceptedAsync(insights.Client, Key);
        var routes = (await response.Content.ReadFromJsonAsync<AcceptedRoutes>())!;
        Assert.True(routes.IsValid());
        Assert.Equal([new("accepted.guide", "/guide", null)], routes.Routes);
        using (var unchanged = await GetAcceptedAsync(insights.Client, Key, response.Headers.ETag!.ToString()))
        {
            Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        }

        // A form of another site has no token, and what is no page or event is refused.
        var forged = await browser.PostAsync("/critical-routes/accept", ("page", "/"));
        Assert.Equal(HttpStatusCode.BadRequest, forged.Status);
        var invalid = await browser.SubmitAsync(after, "form[action^='/critical-routes/withdraw']", ("id", "1"));
        Assert.Equal(HttpStatusCode.BadRequest, invalid.Status);
        invalid = await browser.SubmitAsync(page, "form[action^='/critical-routes/accept']", ("page", "/(a|b)"));
        Assert.Equal(HttpStatusCode.BadRequest, invalid.Status);
        using (var same = await GetAcceptedAsync(insights.Client, Key, response.Headers.ETag!.ToString()))
        {
            Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        }

        await browser.SubmitAsync(after, "form[action^='/critical-routes/withdraw']");

        using var changed = await GetAcceptedAsync(insights.Client, Key, response.Headers.ETag!.ToString());
        var withdrawn = (await changed.Content.ReadFromJsonAsync<AcceptedRoutes>())!;
        Assert.Empty(withdrawn.Routes);
        Assert.True(withdrawn.Version > routes.Version);

        await using var scope = database.Services.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<AcceptedRouteStore>();
        for (var number = 0; number < AcceptedRoutes.MaxCount; number++)
        {
            Assert.True(await store.AcceptAsync($"/{number}", null, "ada", CancellationToken.None));
        }

        browser.Headers["Accept"] = "application/json";
        var refused = await browser.SubmitAsync(page, "form[action^='/critical-routes/accept']");
        Assert.Equal(HttpStatusCode.Conflict, refused.Status);
        Assert.Contains("\"too_many_critical_routes\"", refused.Html, StringComparison.Ordinal);
    }

    private static ScriptlessBrowser CreateBrowser(HttpClient client, string token) => new(client)
    {
        Headers = { ["Accept"] = "text/html", ["Authorization"] = $"Bearer {token}" },
    };

    private HttpClient CreateClient(string service) => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        BaseAddress = shop.App.GetEndpoint(service, "http"),
    };

    private async Task<InsightsDatabase> CreateAsync() =>
        await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));

    private static async Task<HttpResponseMessage> GetAcceptedAsync(HttpClient client, string? key, string? entityTag = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/critical-routes");
        if (key is not null)
        {
            request.Headers.Add("Shop-Service-Key", key);
        }

        if (entityTag is not null)
        {
            request.Headers.Add("If-None-Match", entityTag);
        }

        return await client.SendAsync(request);
    }
}
