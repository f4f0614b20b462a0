using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting.Testing;
using Shop.Messaging.JourneyEvents;
using Shop.Tests.Integration.Support;
//#if (withInsights)
using Shop.Visitors.Comparison;
//#endif
using Shop.Visitors.Plans;
using Shop.Visitors.Truth;
using Shop.Visitors.Walking;
using Xunit.Abstractions;
using Browser = Shop.Tests.Integration.Support.Browser;

namespace Shop.Tests.Integration;

/// <summary>What simulated visitors have done, compared with what the shop has published, also while a part of it is away.</summary>
[Collection(OutageApplication.Name)]
[Trait("Category", "Long")]
public sealed class SimulatedVisitorTests(ShopApp shop, ITestOutputHelper output)
{
    private const string Password = "harbour lights at dawn";

    private static readonly TimeSpan _thinkingTime = TimeSpan.FromMilliseconds(200);
    private static readonly string[] _publishers = ["storefront", "cart", "catalog", "orders"];
    private static readonly string[] _ends = ["Confirmed", "Rejected", "Cancelled", "Refunded"];

    // Otherwise all visitors of the tests see the same pages.
    private static readonly string[] _variants = ["item_page:picture_top", "checkout:one_page", "checkout:two_steps"];

    [Fact]
    public async Task Truth_of_300_visits_agrees_with_what_the_shop_has_recorded()
    {
        await PrepareAsync();
        var consumer = await JourneyEventConsumer.BindAsync(shop);

        var plan = new RunPlan(2026, VisitsPerMinute: 300, RunPlan.AllFaults) { Variants = _variants };
        var truth = await VisitAsync(plan, visits: 300);

        Assert.Equal(300, truth.Visits);
        Assert.NotEmpty(truth.Orders);
        Assert.Equal(RunPlan.AllFaults.Count, truth.Faults.Select(fault => fault.Cause).Distinct().Count());
        Assert.All(truth.Sessions, session => Assert.Matches("^[0-9a-f]{32}$", session.SessionId));
        AssertFewFailed(truth.Visits, truth.Failures);
        //#if (withInsights)
        // Before another visit, which the figures would include.
        using var insights = shop.CreateStaffClient("insights", "http");
        var comparison = new InsightsComparison(insights, truth);
        var differences = await comparison.CompareAsync(Eventually.Timeout, CancellationToken.None);
        Assert.True(comparison.Compared > 500, $"{comparison.Compared} figures");
        Assert.True(differences.Count == 0, string.Join('\n', differences));
        Assert.Empty(await new SessionComparison(insights, truth).CompareAsync(Eventually.Timeout, CancellationToken.None));

        // A session that was not put in is a difference.
        var other = new InsightsComparison(insights, truth with { Sessions = [.. truth.Sessions.Skip(1)], Failures = [] });
        Assert.NotEmpty(await other.CompareAsync(TimeSpan.Zero, CancellationToken.None));
        var (first, second) = (truth.Sessions[0], truth.Sessions[1]);
        var exchanged = truth with
        {
            Sessions = [first with { SessionId = second.SessionId }, second with { SessionId = new('f', 32) }],
            Failures = [],
        };
        Assert.Contains(
            await new SessionComparison(insights, exchanged).CompareAsync(TimeSpan.Zero, CancellationToken.None),
            difference => difference.Contains(new string('f', 32), StringComparison.Ordinal));
        //#endif
        await AssertPublishedAsync(consumer, truth);
    }

    //#if (withInsights)
    [Fact]
    public async Task Insights_that_is_killed_under_visitors_answers_what_they_did()
    {
        await PrepareAsync();
        using var insights = shop.CreateStaffClient("insights", "http");
        var outage = new ResourceOutage(shop.App, "insights");
        var ended = 0;

        var visiting = VisitAsync(new RunPlan(18, VisitsPerMinute: 240, []), visits: 60, () => Interlocked.Increment(ref ended));
        await Eventually.ReadAsync(() => Task.FromResult(Volatile.Read(ref ended)), ended => ended >= 20);
        await outage.KillAsync();
        await Eventually.ReadAsync(() => Task.FromResult(Volatile.Read(ref ended)), ended => ended >= 40);
        await outage.EndAsync();
        var truth = await visiting;

        AssertFewFailed(truth.Visits, truth.Failures);
        var differences = await new InsightsComparison(insights, truth, hasSpans: false)
            .CompareAsync(Eventually.Timeout, CancellationToken.None);
        Assert.True(differences.Count == 0, string.Join('\n', differences));
        Assert.Empty(await new SessionComparison(insights, truth).CompareAsync(Eventually.Timeout, CancellationToken.None));
    }

    //#endif

    [Fact]
    public async Task Broker_that_is_away_under_visitors_loses_doubles_and_reorders_no_event_and_only_checkouts_wait_for_it()
    {
        await PrepareAsync();
        var consumer = await JourneyEventConsumer.BindAsync(shop);
        var lost = await CountAsync("lost");
        var spilled = await CountAsync("spilled");
        var broker = new ResourceOutage(shop.App, "rabbitmq");
        var ended = 0;

        var visiting = VisitAsync(new RunPlan(15, VisitsPerMinute: 240, []), visits: 120, () => Interlocked.Increment(ref ended));
        await Eventually.ReadAsync(() => Task.FromResult(Volatile.Read(ref ended)), ended => ended >= 10);
        await broker.StopAsync();
        await Eventually.ReadAsync(() => Task.FromResult(Volatile.Read(ref ended)), ended => ended >= 50);
        Assert.True(await CountAsync("spilled") > spilled);
        await broker.EndAsync();
        var truth = await visiting;

        var waited = truth.Failures.Where(failure => failure is { Request: "/checkout", Status: 503 }).ToList();
        Assert.NotEmpty(waited);
        AssertFewFailed(truth.Visits, truth.Failures.Except(waited));
        await AssertPublishedAsync(consumer, truth);
        Assert.Equal(lost, await CountAsync("lost"));
        await AssertOrdersEndedAsync(truth);
    }

    [Fact]
    public async Task Storefront_and_Identity_that_are_killed_under_visitors_lose_no_order_and_sign_nobody_out()
    {
        await PrepareAsync();
        var consumer = await JourneyEventConsumer.BindAsync(shop);
        var sku = await new CatalogAdminClient(shop).AddAsync(onHand: 100);
        var members = new List<Browser>();
        for (var number = 0; number < 3; number++)
        {
            var member = new Browser(shop);
            members.Add(member);
            await member.RegisterAsync($"{Guid.NewGuid():n}@example.org", Password);
            await member.AddToCartAsync(sku);
        }

        var ended = 0;
        var visiting = VisitAsync(new RunPlan(16, VisitsPerMinute: 240, []), visits: 60, () => Interlocked.Increment(ref ended));
        await Eventually.ReadAsync(() => Task.FromResult(Volatile.Read(ref ended)), ended => ended >= 10);
        var (storefront, identity) = (new ResourceOutage(shop.App, "storefront"), new ResourceOutage(shop.App, "identity"));
        await Task.WhenAll(storefront.KillAsync(), identity.KillAsync());
        await Task.WhenAll(storefront.EndAsync(), identity.EndAsync());
        var truth = await visiting;

        foreach (var member in members)
        {
            Assert.True(await member.IsSignedInAsync());
            await member.OpenAsync("/cart");
            Assert.Contains(sku, member.Page, StringComparison.Ordinal);
            await member.CheckOutAsync();
            // The session at the provider is kept as well: it asks for no password.
            await member.OpenAsync("/sso/authorize?client_id=storefront");
            Assert.DoesNotContain("/sso/login", member.Address, StringComparison.Ordinal);
            member.Dispose();
        }

        Assert.NotEmpty(truth.Orders);
        await AssertOrdersEndedAsync(truth);
        var after = await VisitAsync(new RunPlan(17, VisitsPerMinute: 240, []), visits: 20);
        AssertFewFailed(after.Visits, after.Failures);
        await AssertPublishedAsync(consumer, after);
    }

    /// <summary>Makes visits, and returns the truth that the program would print.</summary>
    private async Task<RunTruth> VisitAsync(RunPlan plan, int visits, Action? ended = null)
    {
        using var run = new VisitorRun(shop.App.GetEndpoint("storefront", "http"), plan, _thinkingTime);
        var (startedAt, made) = (DateTimeOffset.UtcNow, new List<VisitTruth>());
        await run.RunAsync(
            visits,
            visit =>
            {
                made.Add(visit);
                ended?.Invoke();
            },
            CancellationToken.None);
        var truth = RunTruth.Create(plan.Seed, startedAt, DateTimeOffset.UtcNow, made);
        output.WriteLine(truth.ToJson());
        return truth;
    }

    // Enough of every product that visitors see, and a visit that succeeds: an earlier test may have stopped a service.
    private async Task PrepareAsync()
    {
        var admin = new CatalogAdminClient(shop);
        foreach (var sku in await shop.ProductsAsync(minAvailable: 1))
        {
            using var adjusted = await admin.AdjustAsync(sku, 1000, Guid.NewGuid().ToString("n"));
            adjusted.EnsureSuccessStatusCode();
        }

        await Eventually.ReadAsync(BuyAsync, visit => visit.Failures.Count == 0 && visit.Orders.Count == 1);
        await Eventually.ReadAsync(RegisterAsync, isSignedIn => isSignedIn);
    }

    private async Task<bool> RegisterAsync()
    {
        using var browser = new Browser(shop);
        await browser.OpenAsync("/login");
        if (!browser.Page.Contains("/sso/register", StringComparison.Ordinal))
        {
            return false; // the provider is not available yet
        }

        await browser.RegisterAsync($"{Guid.NewGuid():n}@example.org", Password);
        return await browser.IsSignedInAsync();
    }

    private async Task<VisitTruth> BuyAsync()
    {
        using var run = new VisitorRun(shop.App.GetEndpoint("storefront", "http"), new RunPlan(1, 1, []), TimeSpan.Zero);
        return await run.MakeVisitAsync(RunPlan.CreatePurchase(seed: 1), CancellationToken.None);
    }

    /// <summary>Asserts that each session has the events of the truth once each, in the order in which a request emitted them.</summary>
    private async Task AssertPublishedAsync(JourneyEventConsumer consumer, RunTruth truth)
    {
        // Each service publishes in order: what it has emitted before the events of this visit is there after them.
        var last = await BuyAsync();
        Assert.Empty(last.Failures);
        var expectedLast = last.GetSessions().Single();
        await consumer.ReadAsync(expectedLast.SessionId, events => events.Count >= expectedLast.Events.Values.Sum());

        // The counts of a visit with a failure may be too low.
        var failed = truth.Failures.Select(failure => failure.Visit).ToHashSet();
        foreach (var session in truth.Sessions)
        {
            var events = consumer.OfSession(session.SessionId);
            var counts = events.DistinctBy(GetWork).CountBy(item => item.EventName).ToDictionary();
            if (failed.Contains(session.Visit))
            {
                Assert.All(session.Events, item => Assert.True(
                    counts.GetValueOrDefault(item.Key) >= item.Value, $"{session.SessionId}: {item}"));
            }
            else
            {
                Assert.Equal(Describe(session.Events), Describe(counts));
            }

            // Requests at the same time emit at the same time.
            foreach (var request in events.GroupBy(item => (item.Resource["service.instance.id"], item.TraceId)))
            {
                Assert.Equal(request.OrderBy(item => item.Sequence).Select(item => item.EventId), request.Select(item => item.EventId));
            }
        }
    }

    // Work on an order that is repeated, because the broker did not confirm its result, emits its events again with new ids.
    private static (string Name, string Id) GetWork(JourneyEventRecord item) => (
        item.EventName,
        item.EventName != "checkout.repeated" && item.Attributes.TryGetValue("shop.order.id", out var order)
            ? order.GetString()!
            : item.EventId.ToString());

    // A request that takes longer than a page waits is answered with 503. On a busy machine, there are some.
    private static void AssertFewFailed(int visits, IEnumerable<FailureTruth> failures)
    {
        var failed = failures.DistinctBy(failure => failure.Visit).ToList();
        Assert.True(failed.Count <= visits / 10, string.Join('\n', failed));
    }

    private static string Describe(IEnumerable<KeyValuePair<string, int>> counts) =>
        string.Join(", ", counts.OrderBy(item => item.Key, StringComparer.Ordinal).Select(item => $"{item.Key} {item.Value}"));

    private async Task AssertOrdersEndedAsync(RunTruth truth)
    {
        foreach (var order in truth.Orders)
        {
            var status = await Eventually.ReadAsync(() => ReadStatusAsync(order.OrderId), status => _ends.Contains(status));
            Assert.Equal(order.Card == "tok_ok" ? "Confirmed" : "Rejected", status);
        }
    }

    private async Task<string> ReadStatusAsync(string orderId)
    {
        using var response = await shop.Orders.GetAsync($"/api/v1/orders/{orderId}");
        return response.StatusCode is HttpStatusCode.OK
            ? (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("status").GetString()!
            : response.StatusCode.ToString();
    }

    private async Task<long> CountAsync(string counter)
    {
        var counts = await Task.WhenAll(_publishers.Select(service => JourneyEventCounts.ReadAsync(shop, service)));
        return counts.Sum(service => service.GetValueOrDefault(counter));
    }
}
