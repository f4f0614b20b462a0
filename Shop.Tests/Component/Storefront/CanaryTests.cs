using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Shop.Storefront.Canary;
using Shop.Telemetry.Events;
using Shop.Telemetry.Journeys;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace Shop.Tests.Component.Storefront;

/// <summary>The storefront in front of two versions of the catalog, each a server of its own.</summary>
[Collection(TracingTestGroup.Name)]
public sealed class CanaryTests : IAsyncLifetime, IDisposable
{
    private const string Product = "/api/v1/products/BAG-0101";
    private const string Baseline = "baseline";
    private const string Canary = "canary";

    private static readonly string _signingKey = Convert.ToBase64String(new byte[32]);

    private readonly RecordedEvents _events = new();
    private readonly List<InProcessService> _storefronts = [];
    private Version? _baseline;
    private Version? _canary;

    public async Task InitializeAsync() => (_baseline, _canary) = (await Version.StartAsync(Baseline), await Version.StartAsync(Canary));

    public async Task DisposeAsync()
    {
        _storefronts.ForEach(storefront => storefront.Dispose());
        await _baseline!.DisposeAsync();
        await _canary!.DisposeAsync();
    }

    public void Dispose() => _events.Dispose();

    [Fact]
    public async Task Session_gets_one_version_from_the_API_and_in_pages_and_its_telemetry_names_it()
    {
        var storefront = await StartAsync(("Canary:Steps", "50"));
        for (var i = 0; i < 20; i++)
        {
            var browser = new ScriptlessBrowser(storefront.Client);
            await browser.OpenAsync("/products/BAG-0101");
            foreach (var path in (string[])[Product, Product, "/api/v1/categories"])
            {
                await SendAsync(storefront, HttpMethod.Get, path, string.Join("; ", browser.Cookies.Select(x => $"{x.Key}={x.Value}")));
            }
        }

        var sessions = _baseline!.Requests.Concat(_canary!.Requests).ToLookup(request => request.SessionId);
        Assert.Equal(20, sessions.Count);
        Assert.All(sessions, session =>
        {
            Assert.True(session.Count() >= 4);
            Assert.Single(session.Select(request => request.Version).Distinct());
            Assert.All(session, request => Assert.Equal(request.Version, request.Track));
        });
        Assert.InRange(sessions.Count(session => session.First().Version == Canary), 1, 19);
    }

    [Fact]
    public async Task Canary_with_errors_is_rolled_back_and_its_sessions_go_on_with_the_baseline()
    {
        var storefront = await StartAsync(("Canary:Steps", "50"));
        _canary!.Status = StatusCodes.Status500InternalServerError;

        await VisitUntilRolledBackAsync(storefront);

        var state = await GetStateAsync(storefront);
        var decision = state.GetProperty("decisions").EnumerateArray().Last();
        Assert.Equal("errors", decision.GetProperty("reason").GetString());
        Assert.Equal(0, decision.GetProperty("share").GetInt32());
        Assert.True(decision.GetProperty("canary").GetProperty("errors").GetInt32() > 0);
        Assert.Equal(0, decision.GetProperty("baseline").GetProperty("errors").GetInt32());

        var requests = _canary.Requests.Count;
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal((HttpStatusCode.OK, Baseline), await SendAsync(storefront, HttpMethod.Get, Product));
        }

        Assert.Equal(requests, _canary.Requests.Count);
        Assert.DoesNotContain(_baseline!.Requests.TakeLast(20), request => request.Track is not null);
    }

    [Fact]
    public async Task Storefront_that_restarts_begins_with_the_smallest_share_also_after_a_roll_back()
    {
        var storefront = await StartAsync(("Canary:Steps", "50"));
        _canary!.Status = StatusCodes.Status500InternalServerError;
        await VisitUntilRolledBackAsync(storefront);

        var restarted = await StartAsync(("Canary:Steps", "50"));

        var decision = (await GetStateAsync(restarted)).GetProperty("decisions").EnumerateArray().Single();
        Assert.Equal(50, decision.GetProperty("share").GetInt32());
    }

    [Fact]
    public async Task Roll_back_is_an_event_with_its_figures_and_without_a_visitor()
    {
        var storefront = await StartAsync(("Canary:Steps", "50"));
        _canary!.Status = StatusCodes.Status500InternalServerError;
        await VisitUntilRolledBackAsync(storefront);

        var raised = (await Eventually.ReadAsync(
            () => Task.FromResult(_events.Of("canary.share_raised")), events => events.Count > 0)).Single();
        var rolledBack = (await Eventually.ReadAsync(
            () => Task.FromResult(_events.Of("canary.rolled_back")), events => events.Count > 0)).Single();

        Assert.Equal(50, raised.Fields["shop.canary.share"]);
        Assert.Equal("catalog", rolledBack.Fields["shop.canary.service"]);
        Assert.Equal("errors", rolledBack.Fields["shop.reason"]);
        Assert.True((long)rolledBack.Fields["shop.canary.errors"]! > 0);
        Assert.Equal(0L, rolledBack.Fields["shop.baseline.errors"]);
        Assert.All((RecordedEvent[])[raised, rolledBack], recorded =>
        {
            Assert.Null(recorded.SessionId);
            Assert.Null(recorded.TraceId);
            Assert.DoesNotContain("shop.page.path", recorded.Fields.Keys);
        });
    }

    // A response 4xx is no error.
    [Theory]
    [InlineData(HttpStatusCode.OK)]
    [InlineData(HttpStatusCode.NotFound)]
    public async Task Canary_as_good_as_the_baseline_gets_all_sessions_step_by_step(HttpStatusCode status)
    {
        var storefront = await StartAsync(
            ("Canary:Steps", "25, 50"), ("Canary:StepDuration", "00:00:00.100"), ("Canary:MinSessions", "5"));
        _canary!.Status = (int)status;

        await Eventually.ReadAsync(
            async () =>
            {
                await SendAsync(storefront, HttpMethod.Get, Product);
                return await GetStatusAsync(storefront);
            },
            status => status != "running");

        var state = await GetStateAsync(storefront);
        Assert.Equal("promoted", state.GetProperty("status").GetString());
        Assert.Equal(
            [25, 50, 100], state.GetProperty("decisions").EnumerateArray().Select(decision => decision.GetProperty("share").GetInt32()));
        Assert.Equal((status, Canary), await SendAsync(storefront, HttpMethod.Get, Product));
    }

    [Fact]
    public void Development_has_three_shares_for_30_seconds_and_20_sessions()
    {
        var options = new CanaryOptions();
        new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(Repository.Root, "Shop.Storefront", "appsettings.Development.json"))
            .Build()
            .Bind(CanaryOptions.Section, options);

        Assert.Equal([10, 50], options.ParseSteps()!);
        Assert.Equal((TimeSpan.FromSeconds(30), 20), (options.StepDuration, options.MinSessions));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task Canary_that_refuses_connections_is_rolled_back_and_no_request_fails(string method)
    {
        var storefront = await StartAsync(("Canary:Steps", "50"));
        await _canary!.DisposeAsync();

        await Eventually.ReadAsync(
            async () =>
            {
                Assert.Equal((HttpStatusCode.OK, Baseline), await SendAsync(storefront, new(method), Product));
                return await GetStatusAsync(storefront);
            },
            status => status == "rolled_back");

        // Its connections are errors until its probe fails.
        var decision = (await GetStateAsync(storefront)).GetProperty("decisions").EnumerateArray().Last();
        Assert.Contains(decision.GetProperty("reason").GetString(), (string[])["errors", "unhealthy"]);
    }

    [Fact]
    public async Task Canary_that_breaks_connections_fails_no_request_that_only_reads_and_harms_no_replica_of_the_baseline()
    {
        var storefront = await StartAsync(("Canary:Steps", "99"));
        _canary!.IsBreaking = true;

        Assert.Equal((HttpStatusCode.OK, Baseline), await SendAsync(storefront, HttpMethod.Get, Product));
        var (status, _) = await SendAsync(storefront, HttpMethod.Post, Product);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal((HttpStatusCode.OK, Baseline), await SendAsync(storefront, HttpMethod.Get, Product));
        }
    }

    [Fact]
    public async Task Canary_that_does_not_pass_its_health_check_gets_no_requests_and_is_rolled_back()
    {
        var storefront = await StartAsync(("Canary:Steps", "99"));
        _canary!.IsUnhealthy = true;

        await Eventually.ReadAsync(
            async () =>
            {
                Assert.Equal(HttpStatusCode.OK, (await SendAsync(storefront, HttpMethod.Get, Product)).Status);
                return await GetStatusAsync(storefront);
            },
            status => status == "rolled_back");
        var state = await GetStateAsync(storefront);
        Assert.Equal("unhealthy", state.GetProperty("decisions").EnumerateArray().Last().GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Canary_is_not_judged_by_its_health_check_while_the_baseline_does_not_pass_its_own()
    {
        var storefront = await StartAsync(("Canary:Steps", "99"));
        var proxy = storefront.Services.GetRequiredService<IProxyStateLookup>();
        var options = storefront.Services.GetRequiredService<IOptions<CanaryOptions>>();
        var time = new FakeTimeProvider();
        var rollout = new CanaryRollout(options, time, storefront.Services.GetRequiredService<JourneyEvents>());
        var router = new CanaryRouter(rollout, proxy, options);
        rollout.OnHealthy();
        (_baseline!.IsUnhealthy, _canary!.IsUnhealthy) = (true, true);
        await WaitAsync("catalog", DestinationHealth.Unhealthy);
        await WaitAsync("catalog-canary", DestinationHealth.Unhealthy);

        Assert.Equal("running", LookTwice());
        _baseline.IsUnhealthy = false;
        await WaitAsync("catalog", DestinationHealth.Healthy);
        Assert.Equal("rolled_back", LookTwice());

        string LookTwice()
        {
            router.FindReplicas();
            time.Advance(TimeSpan.FromSeconds(10));
            router.FindReplicas();
            return rollout.GetState().Status;
        }

        Task WaitAsync(string service, DestinationHealth health) => Eventually.ReadAsync(
            () => Task.FromResult(proxy.TryGetCluster(service, out var cluster) ? cluster.Destinations.Values.ToList() : []),
            replicas => replicas.Count > 0 && replicas.TrueForAll(replica => replica.Health.Active == health));
    }

    [Fact]
    public async Task Canary_that_has_not_started_waits_and_the_baseline_gets_all_requests()
    {
        var storefront = Start(("services:catalog-canary:http:0", "http://127.0.0.1:1"), ("Canary:Steps", "99"));

        Assert.Equal((HttpStatusCode.OK, Baseline), await SendAsync(storefront, HttpMethod.Get, Product));
        Assert.Equal("waiting", await GetStatusAsync(storefront));
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("member", HttpStatusCode.Forbidden)]
    [InlineData("staff", HttpStatusCode.OK)]
    public async Task Only_staff_see_the_decisions(string? role, HttpStatusCode expected)
    {
        using var storefront = InProcessService.Start("storefront", settings: Settings(BearerTokens.Settings(_signingKey)));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/admin/canary");
        request.Headers.Authorization = role is null ? null : new("Bearer", BearerTokens.Create(_signingKey, role));

        using var response = await storefront.Client.SendAsync(request);

        Assert.Equal(expected, response.StatusCode);
    }

    [Theory]
    [InlineData("Canary:Service", "identity")]
    [InlineData("Canary:Steps", "5, 1")]
    [InlineData("Canary:Steps", "100")]
    [InlineData("Canary:Steps", "")]
    [InlineData("Canary:StepDuration", "00:00:00")]
    [InlineData("Canary:MinSessions", "0")]
    public void Setting_that_is_not_valid_stops_the_start(string name, string value)
    {
        var exception = Assert.ThrowsAny<OptionsValidationException>(
            () => InProcessService.Start("storefront", settings: Settings((name, value))));

        Assert.Contains(name.Split(':')[1], exception.Message, StringComparison.Ordinal);
    }

    private (string Name, string? Value)[] Settings(params (string Name, string? Value)[] changes)
    {
        (string Name, string? Value)[] settings =
        [
            .. changes,
            ("Shop:ServiceKey", TestService.ServiceKey),
            ("services:catalog:http:0", _baseline!.Address),
            ("services:catalog-canary:http:0", _canary!.Address),
            ("Canary:Service", "catalog"),
            ("Logging:LogLevel:Shop.Journey", "Information"),
            ("Shop:RequestLimits:Address:RequestsPerSecond", "1000000"),
            ("Shop:RequestLimits:Address:Burst", "1000000"),
        ];
        return [.. settings.DistinctBy(setting => setting.Name)];
    }

    private InProcessService Start(params (string Name, string? Value)[] settings)
    {
        var storefront = InProcessService.StartStorefront(settings: Settings(settings));
        _storefronts.Add(storefront);
        storefront.Services.GetRequiredService<ILoggerFactory>().AddProvider(_events);
        return storefront;
    }

    // The state is read without HTTP: the port of the test has no management endpoint.
    private async Task<InProcessService> StartAsync(params (string Name, string? Value)[] settings)
    {
        var storefront = Start(settings);
        await Eventually.ReadAsync(
            async () =>
            {
                using var response = await storefront.Client.GetAsync("/api/v1/categories");
                return await GetStatusAsync(storefront);
            },
            status => status == "running");
        _baseline!.Requests.Clear();
        _canary!.Requests.Clear();
        return storefront;
    }

    // Each request is a session.
    private static Task<string> VisitUntilRolledBackAsync(InProcessService storefront) => Eventually.ReadAsync(
        async () =>
        {
            await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => SendAsync(storefront, HttpMethod.Get, Product)));
            return await GetStatusAsync(storefront);
        },
        status => status == "rolled_back");

    private static Task<JsonElement> GetStateAsync(InProcessService storefront) => Task.FromResult(JsonSerializer.SerializeToElement(
        storefront.Services.GetRequiredService<CanaryRollout>().GetState(), JsonSerializerOptions.Web));

    private static async Task<string> GetStatusAsync(InProcessService storefront) =>
        (await GetStateAsync(storefront)).GetProperty("status").GetString()!;

    private static async Task<(HttpStatusCode Status, string? Version)> SendAsync(
        InProcessService storefront, HttpMethod method, string path, string? cookie = null)
    {
        using var request = new HttpRequestMessage(method, path)
        {
            Content = method == HttpMethod.Post ? new StringContent("{}") : null,
        };
        if (cookie is not null)
        {
            request.Headers.Add("Cookie", cookie);
        }

        using var response = await storefront.Client.SendAsync(request);
        return (response.StatusCode, response.Headers.TryGetValues("X-Version", out var version) ? version.Single() : null);
    }

    private sealed record Received(string Version, string SessionId, string? Track);

    /// <summary>A version of the catalog.</summary>
    private sealed class Version : IAsyncDisposable, IHealthCheck
    {
        private readonly string _name;
        private TestService? _service;

        private Version(string name) => _name = name;

        public string Address { get; private set; } = "";

        public ConcurrentQueue<Received> Requests { get; } = [];

        public int Status { get; set; } = StatusCodes.Status200OK;

        public bool IsBreaking { get; set; }

        public bool IsUnhealthy { get; set; }

        public static async Task<Version> StartAsync(string name)
        {
            var version = new Version(name);
            version._service = await TestService.Build(
                builder => builder.Services.AddHealthChecks().AddCheck("switch", version),
                app => app.Map("/api/{**path}", version.AnswerAsync)).StartAsync();
            version.Address = version._service.GetAddress("http").ToString().TrimEnd('/');
            return version;
        }

        public async ValueTask DisposeAsync() => await _service!.DisposeAsync();

        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(IsUnhealthy ? HealthCheckResult.Unhealthy() : HealthCheckResult.Healthy());

        private Task AnswerAsync(HttpContext context)
        {
            if (IsBreaking)
            {
                context.Abort();
                return Task.CompletedTask;
            }

            var journey = OpenTelemetry.Baggage.Current.GetBaggage();
            Requests.Enqueue(new(_name, journey[JourneyKeys.SessionId], journey.GetValueOrDefault("shop.release.track")));
            context.Response.Headers["X-Version"] = _name;
            context.Response.StatusCode = Status;
            return context.Response.WriteAsJsonAsync<object>(context.Request.Path.Value switch
            {
                "/api/v1/categories" => new { items = (string[])["bags"] },
                _ => new
                {
                    sku = "BAG-0101",
                    name = "Harbour Tote",
                    description = "A bag.",
                    category = "bags",
                    price = new { amount = 5900, currency = "EUR" },
                    available = 140,
                },
            });
        }
    }
}
