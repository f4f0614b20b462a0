using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shop.Insights.Causes;
using Shop.Insights.Events;
using Shop.Insights.Funnels;
using Shop.Insights.Queries;
using Shop.Insights.Spans;
using Shop.Tests.Integration.Support;
using SpanKind = Shop.Insights.Spans.SpanKind;

namespace Shop.Tests.Integration.Insights;

/// <summary>Why sessions are lost, from spans and events as the faults of the simulated visitors cause them (docs/visitors.md).</summary>
[Collection(WholeApplication.Name)]
public sealed class CauseTests(ShopApp shop)
{
    private const string SignIn = "/sso/:rest";
    private const string Other = "other";

    private static readonly DateTimeOffset _start =
        DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.AddHours(-2).ToUnixTimeMilliseconds());

    private long _sequence;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Each_fault_of_a_lost_session_is_its_cause_and_sessions_without_one_have_none(bool countsJourneys)
    {
        await using var database = await CreateAsync();
        string[] causes =
        [
            "name_resolution", "connect_timeout", "gateway_timeout", "third_party_script", "slow_sign_in", "downstream_status",
            "redirect_without_callback", "lost_redirect", "none",
        ];
        foreach (var (cause, index) in causes.Select((cause, index) => (cause, index)))
        {
            // One session of the first cause, two of the second one, ...
            for (var visit = 0; visit <= index; visit++)
            {
                await StoreVisitAsync(database, $"{cause}-{visit}", cause);
            }
        }

        // Those who order are not lost.
        await StoreVisitAsync(database, "bought", "gateway_timeout", isBought: true);

        var result = await ReadAsync(database, countsJourneys ? EventUnit.Journey : EventUnit.Session);

        Assert.Equal((45, 3, "order"), (result.Lost, result.Step, result.Label));
        Assert.Equal(
            causes.Select((cause, index) => (cause, index + 1L)).Reverse(),
            result.Causes.Select(cause => (cause.Name, cause.Count)));
        Assert.Equal(1, result.Causes.Sum(cause => cause.Share), precision: 9);
        Assert.All(result.Causes, cause =>
        {
            Assert.Equal(Math.Min(5, cause.Count), cause.Examples.Count);
            Assert.All(cause.Examples, example => Assert.StartsWith($"{cause.Name}-", example.SessionId, StringComparison.Ordinal));
            Assert.InRange(cause.Share, cause.Low, cause.High);
            // The trace of what was found: its first letter is that of the visit's fault.
            Assert.All(cause.Examples, example =>
                Assert.Equal(cause.Name == "none" ? 'a' : 'b', example.TraceId![0]));
        });
    }

    [Fact]
    public async Task What_happened_before_the_last_step_after_the_window_or_in_another_session_explains_nothing()
    {
        await using var database = await CreateAsync();
        await StoreVisitAsync(database, "s1", "none");
        await StoreVisitAsync(database, "s2", "none");
        await database.Spans.StoreAsync(
            [
                Fail("s1", -20, "name_resolution_error"), // before the cart
                Fail("s2", 4000, "name_resolution_error"), // the window is an hour
                Fail("s3", 20, "name_resolution_error"), // this session did not enter
            ],
            CancellationToken.None);
        await database.Store.StoreAsync([Event("s1", 1, "browser.error", ("shop.error.source", "external"))], CancellationToken.None);

        var result = await ReadAsync(database);

        Assert.Equal((2, "none", 2), (result.Lost, Assert.Single(result.Causes).Name, result.Causes[0].Count));

        // The span of the last step itself began before it, and ended after it.
        await database.Spans.StoreAsync(
            [Fail("s1", 9, "name_resolution_error") with { Duration = TimeSpan.FromSeconds(3) }], CancellationToken.None);
        Assert.Equal(["name_resolution", "none"], (await ReadAsync(database)).Causes.Select(cause => cause.Name));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(9.2)]
    public async Task Redirect_of_the_last_step_is_lost_whatever_the_clock_and_the_sequence_of_the_other_service(double seconds)
    {
        await using var database = await CreateAsync();
        await database.Store.StoreAsync(
            [
                Event("s1", 0, "page.viewed", ("shop.page.path", "/")),
                Event("s1", 10, "cart.line_added") with { Service = "cart", Sequence = 100 },
                Event("s1", seconds, "page.redirected", ("shop.page.path", "/cart/add"), ("shop.jump.to", "/products/:sku")) with
                {
                    Sequence = 5,
                },
            ],
            CancellationToken.None);

        Assert.Equal("lost_redirect", Assert.Single((await ReadAsync(database)).Causes).Name);
    }

    [Fact]
    public async Task Redirect_is_lost_when_only_the_page_that_is_still_open_reports_afterwards()
    {
        await using var database = await CreateAsync();
        await StoreVisitAsync(database, "s1", "lost_redirect");
        await database.Store.StoreAsync(
            [
                Event("s1", 20, "page.left", ("shop.page.path", "/products/:sku")),
                Event("s1", 21, "page.viewed", ("shop.page.path", "/cart")),
            ],
            CancellationToken.None);

        Assert.Equal("lost_redirect", Assert.Single((await ReadAsync(database)).Causes).Name);
    }

    [Fact]
    public async Task First_rule_that_applies_is_the_cause_and_rules_are_configured()
    {
        await using var database = await CreateAsync();
        await StoreVisitAsync(database, "s1", "gateway_timeout");
        await StoreVisitAsync(database, "s1", "third_party_script", isEntered: true);
        Assert.Equal("gateway_timeout", Assert.Single((await ReadAsync(database)).Causes).Name);

        var rules = database.Services.GetRequiredService<IOptions<CauseOptions>>().Value.Rules;
        rules["gateway_timeout"].Precedence = 900;
        Assert.Equal("third_party_script", Assert.Single((await ReadAsync(database)).Causes).Name);

        rules["third_party_script"].Enabled = false;
        rules["storefront"] = new() { Precedence = 1, When = "span service.name=storefront status=error" };
        var cause = Assert.Single((await ReadAsync(database)).Causes);
        Assert.Equal(("storefront", "span service.name=storefront status=error"), (cause.Name, cause.When));
    }

    [Fact]
    public async Task Step_that_nobody_was_lost_before_has_no_causes()
    {
        await using var database = await CreateAsync();
        await StoreVisitAsync(database, "bought", "none", isBought: true);

        var result = await ReadAsync(database);

        Assert.Equal(0, result.Lost);
        Assert.Empty(result.Causes);
    }

    // Opens a page at 0 s, adds to the cart at 10 s, has a fault, and leaves or orders at 100 s.
    private async Task StoreVisitAsync(
        InsightsDatabase database, string session, string fault, bool isBought = false, bool isEntered = false)
    {
        List<StoredEvent> events = isEntered ? [] :
        [
            Event(session, 0, "page.viewed", ("shop.page.path", "/")), Event(session, 10, "cart.line_added"),
            Event(session, 10.1, "page.redirected", ("shop.page.path", "/cart/add"), ("shop.jump.to", "/products/:sku")),
        ];
        var spans = new List<StoredSpan>();
        if (fault != "lost_redirect")
        {
            events.Add(Event(session, 10.5, "page.viewed", ("shop.page.path", "/products/:sku")));
        }

        switch (fault)
        {
            case "name_resolution":
                spans.Add(Fail(session, 20, "name_resolution_error"));
                // The sign-in was begun, and the redirect leads to an error page.
                events.Add(Event(session, 19, "page.redirected", ("shop.jump.to", SignIn)));
                break;
            case "connect_timeout":
                spans.Add(Fail(session, 20, "System.Threading.Tasks.TaskCanceledException") with { Duration = TimeSpan.FromSeconds(2) });
                break;
            case "gateway_timeout":
                spans.Add(Fail(session, 20, "504") with { HttpStatus = 504 });
                break;
            case "third_party_script":
                events.Add(Event(session, 20, "browser.error", ("shop.error.source", "external")));
                break;
            case "slow_sign_in":
                var call = Span(session, 20, SpanKind.Client) with { Duration = TimeSpan.FromSeconds(3) };
                var handled = Span(session, 20, SpanKind.Server) with
                {
                    Service = "identity",
                    TraceId = call.TraceId,
                    ParentId = call.SpanId,
                };
                spans.AddRange([call, handled]);
                events.Add(Event(session, 19, "page.redirected", ("shop.jump.to", SignIn)));
                break;
            case "downstream_status":
                spans.Add(Fail(session, 20, "500") with { HttpStatus = 500 });
                break;
            case "redirect_without_callback":
                events.Add(Event(session, 19, "page.redirected", ("shop.page.path", "/login"), ("shop.jump.to", SignIn)));
                events.Add(Event(session, 20, "page.viewed", ("shop.page.path", SignIn)));
                break;
            case "none":
                // A sign-in that came back, a visitor who closed the page while it loaded, and a redirect to another site.
                events.Add(Event(session, 19, "page.redirected", ("shop.page.path", "/login"), ("shop.jump.to", SignIn)));
                events.Add(Event(
                    session, 20, "page.redirected", ("shop.page.path", SignIn), ("shop.jump.from", SignIn), ("shop.jump.to", Other)));
                events.Add(Event(session, 21, "page.redirected", ("shop.jump.from", Other), ("shop.jump.to", "/checkout")));
                events.Add(Event(session, 22, "page.viewed", ("shop.page.path", "/checkout")));
                spans.Add(Fail(session, 23, "System.Threading.Tasks.TaskCanceledException"));
                events.Add(Event(session, 24, "page.redirected", ("shop.jump.to", "external")));
                break;
        }

        if (isBought)
        {
            events.Add(Event(session, 100, "checkout.submitted"));
        }

        await database.Store.StoreAsync(events, CancellationToken.None);
        await database.Spans.StoreAsync(spans, CancellationToken.None);
    }

    private static StoredSpan Fail(string session, double seconds, string errorType) =>
        Span(session, seconds, SpanKind.Client) with { Failed = true, ErrorType = errorType };

    private static StoredSpan Span(string session, double seconds, SpanKind kind) =>
        TestSpan.Create(_start.AddSeconds(seconds), "storefront", kind) with
        {
            TraceId = $"b{Guid.NewGuid():N}"[..32],
            SessionId = session,
            JourneyId = $"j-{session}",
        };

    private StoredEvent Event(string session, double seconds, string name, params (string Name, string Value)[] properties)
    {
        var path = properties.FirstOrDefault(property => property.Name == "shop.page.path").Value;
        // The events of a step are in traces with a, and all others in traces with b.
        var trace = $"{(name is "cart.line_added" or "page.viewed" or "checkout.submitted" ? 'a' : 'b')}{Guid.NewGuid():N}"[..32];
        return new(
            Guid.CreateVersion7(), _start.AddSeconds(seconds), ++_sequence, name, "storefront", session, $"j-{session}", null, trace, null,
            null, null, null, null, null, false, path, null, null, null,
            JsonSerializer.Serialize(properties.Where(property => property.Name != "shop.page.path")
                .ToDictionary(property => property.Name, property => property.Value)));
    }

    private static async Task<CauseResult> ReadAsync(InsightsDatabase database, EventUnit unit = EventUnit.Session)
    {
        await using var scope = database.Services.CreateAsyncScope();
        var range = new EventScope(_start.AddMinutes(-1), _start.AddMinutes(1), unit, new Dictionary<EventDimension, string>(), false);
        const string Steps = "view: page.viewed shop.page.path=/; cart: cart.line_added; order: checkout.submitted";
        Assert.True(FunnelStep.TryParseAll(Steps, out var steps, out _));
        return await scope.ServiceProvider.GetRequiredService<CauseReader>().ReadAsync(
            new(new(steps, TimeSpan.FromHours(1), StepOrder.Ordered, range, null), Step: 3), CancellationToken.None);
    }

    private async Task<InsightsDatabase> CreateAsync() =>
        await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));
}
