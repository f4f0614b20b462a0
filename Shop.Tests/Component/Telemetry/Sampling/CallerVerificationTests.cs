using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Shop.Telemetry.Http;
using Shop.Telemetry.Sampling;
using Shop.Telemetry.Sampling.CriticalRoutes;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;
using Shop.Web.Authentication;

namespace Shop.Tests.Component.Telemetry.Sampling;

[Collection(TracingTestGroup.Name)]
public sealed class CallerVerificationTests : IAsyncLifetime
{
    private static readonly string _signingKey = Convert.ToBase64String(new byte[32]);

    // Only what is on the critical route is sampled.
    private readonly TestService _service = TestService.Build(
        builder => builder.AddCriticalRoute("payment", route: "/(confirm|refund)$"),
        app =>
        {
            app.MapPost("/confirm", Confirm).AllowAnonymous();
            app.MapPost("/refund", (ILogger<CallerVerificationTests> log) => log.WriteText("admitted"))
                .RequireAuthorization(AuthorizationPolicies.Staff);
            app.MapGet("/last", () => "");
        },
        settings:
        [
            .. BearerTokens.Settings(_signingKey),
            ("Shop:TraceSampling:Probability", "0"),
            ("Shop:TraceSampling:TargetPerSecond", "0"),
            ("Shop:TraceSampling:Rules:last:Route", "^/last$"),
            ("Shop:TraceSampling:Rules:last:Probability", "1"),
            ("Shop:LogSampling:Rules:none:Level", "Information"),
            ("Shop:LogSampling:Rules:none:Probability", "0"),
            ("Shop:LogSampling:AlwaysKeepSampledTraces", "false"),
        ]);

    public Task InitializeAsync() => _service.StartAsync();

    public async Task DisposeAsync() => await _service.DisposeAsync();

    [Theory]
    [InlineData("/confirm?signature=wrong", null)]
    [InlineData("/refund", null)]
    [InlineData("/refund", "member")]
    public async Task Request_of_an_untrusted_caller_is_not_on_the_critical_route(string path, string? role)
    {
        Assert.True(await PostAsync(path, role) is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden);
        (await _service.Client.GetAsync("/last")).Dispose();

        var span = Assert.Single(await _service.Spans.WaitForSpansAsync(1));
        Assert.Equal("GET /last", span.DisplayName);
        await _service.App.StopAsync();
        Assert.DoesNotContain(_service.Records, record => record.EventId.Name is "request.completed" or "test.text");
    }

    [Theory]
    [InlineData("/confirm?signature=right", null)]
    [InlineData("/refund", "staff")]
    public async Task Request_of_a_verified_caller_is_sampled_with_its_log_records(string path, string? role)
    {
        Assert.Equal(HttpStatusCode.OK, await PostAsync(path, role));

        var span = Assert.Single(await _service.Spans.WaitForSpansAsync(1));
        Assert.Equal("payment", span.GetTagItem("shop.critical_route"));
        Assert.Equal("ot=th:0", span.TraceStateString);
        var records = await Eventually.ReadAsync(
            () => Task.FromResult(_service.Records.Where(record => record.EventId.Name is "request.completed" or "test.text").ToList()),
            records => records.Count == 2);
        Assert.All(records, record => Assert.Equal("payment", record.Values()["shop.critical_route"]));
    }

    [Theory]
    [InlineData("/refund", true, true)]
    [InlineData("/list", true, false)] // on no critical route
    [InlineData("/refund", false, false)]
    public async Task Request_is_recorded_until_its_caller_is_verified_only_if_it_can_be_sampled_then(
        string path, bool samplesCriticalRoutes, bool recorded)
    {
        await using var service = await StartWithoutTailSamplingAsync(samplesCriticalRoutes);
        service.Client.DefaultRequestHeaders.Authorization = new("Bearer", BearerTokens.Create(_signingKey, "staff"));

        Assert.Equal(recorded ? "true" : "false", await service.Client.GetStringAsync(path));
    }

    [Fact]
    public async Task Sampling_is_decided_once_where_critical_routes_have_no_rule()
    {
        using var counted = new SamplingMetricsCollector();
        await using var service = await StartWithoutTailSamplingAsync(samplesCriticalRoutes: false, counted.Metrics);
        service.Client.DefaultRequestHeaders.Authorization = new("Bearer", BearerTokens.Create(_signingKey, "staff"));

        await service.Client.GetStringAsync("/refund");

        Assert.Equal(1, counted["shop.sampling.traces|default|False"]);
    }

    // Nothing but the critical route can have a request sampled. The endpoints say whether it is recorded.
    private static Task<TestService> StartWithoutTailSamplingAsync(bool samplesCriticalRoutes, SamplingMetrics? metrics = null) =>
        TestService.Build(
            builder =>
            {
                builder.AddCriticalRoute("payment", route: "/(confirm|refund)$");
                if (metrics is not null)
                {
                    builder.Services.AddSingleton(metrics);
                }
            },
            app =>
            {
                foreach (var path in (string[])["/refund", "/list"])
                {
                    app.MapGet(path, () => Activity.Current!.IsAllDataRequested).RequireAuthorization(AuthorizationPolicies.Staff);
                }
            },
            settings:
            [
                .. BearerTokens.Settings(_signingKey),
                ("Shop:TraceSampling:Probability", "0"),
                ("Shop:TraceSampling:TargetPerSecond", "0"),
                ("Shop:TraceSampling:AlwaysSampleCriticalRoutes", $"{samplesCriticalRoutes}"),
                ("Shop:TraceSampling:Tail:Enabled", "false"),
            ]).StartAsync();

    [VerifiesCaller]
    private static IResult Confirm(HttpContext context, string signature, ILogger<CallerVerificationTests> log)
    {
        if (signature != "right")
        {
            log.WriteText("rejected");
            return Results.Unauthorized();
        }

        context.SetCallerVerified();
        log.WriteText("admitted");
        return Results.Ok();
    }

    private async Task<HttpStatusCode> PostAsync(string path, string? role)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Headers.Authorization = role is null ? null : new("Bearer", BearerTokens.Create(_signingKey, role));
        using var response = await _service.Client.SendAsync(request);
        return response.StatusCode;
    }
}
