using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Web;

[Collection(TracingTestGroup.Name)]
public sealed class HealthTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly GatedCheck _check = new();
    private TestService? _service;

    public async Task InitializeAsync() => _service = await TestService.Build(
        builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(_time);
            builder.Services.AddHealthChecks().AddCheck("gated", _check);
        },
        settings: [("Kestrel:Endpoints:management:Url", "http://127.0.0.1:0")]).StartAsync();

    public async Task DisposeAsync() => await _service!.DisposeAsync();

    [Fact]
    public async Task Two_hundred_callers_at_once_cause_one_check()
    {
        var callers = Enumerable.Range(0, 200).Select(_ => GetAsync("/health")).ToList();
        await _check.Started;
        Assert.DoesNotContain(callers, caller => caller.IsCompleted);

        _check.Open();

        Assert.All(await Task.WhenAll(callers), answer => Assert.Equal((HttpStatusCode.OK, "Healthy"), answer));
        Assert.Equal(1, _check.Count);
    }

    [Fact]
    public async Task Result_is_kept_for_a_second()
    {
        _check.Open();
        await GetAsync("/health");
        await GetAsync("/health");
        await GetManagementAsync("/admin/health");
        Assert.Equal(1, _check.Count);

        _check.Status = HealthStatus.Unhealthy;
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Unhealthy"), await GetAsync("/health"));
        Assert.Equal(2, _check.Count);
        var (status, details) = await GetManagementAsync("/admin/health");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("Unhealthy", JsonDocument.Parse(details).RootElement.GetProperty("checks").GetProperty("gated")
            .GetProperty("status").GetString());
    }

    [Fact]
    public async Task Check_that_never_ends_is_503_and_runs_once()
    {
        _check.IgnoresToken = true;
        var first = GetAsync("/health");
        await _check.Started;
        Assert.False(first.IsCompleted);

        // The probe may begin to wait a little later.
        await Eventually.ReadAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(first.IsCompleted);
            },
            completed => completed);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Unhealthy"), await first);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Unhealthy"), await GetAsync("/health"));
        var (status, details) = await GetManagementAsync("/admin/health");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("ignores its timeout", details, StringComparison.Ordinal);
        Assert.Equal(1, _check.Count);

        _check.Open();
        await Eventually.ReadAsync(() => GetAsync("/health"), answer => answer == (HttpStatusCode.OK, "Healthy"));
        Assert.Equal(1, _check.Count);
    }

    [Fact]
    public async Task Check_that_never_ends_is_run_again_after_a_minute()
    {
        _check.IgnoresToken = true;
        var first = GetAsync("/health");
        await _check.Started;
        _check.IsGated = false;

        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Unhealthy"), await GetAsync("/health"));
        Assert.Equal(1, _check.Count);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((HttpStatusCode.OK, "Healthy"), await GetAsync("/health"));
        Assert.Equal(2, _check.Count);

        _time.Advance(TimeSpan.FromSeconds(10));
        await first;
    }

    [Fact]
    public async Task Liveness_checks_no_dependency()
    {
        Assert.Equal((HttpStatusCode.OK, "Healthy"), await GetAsync("/alive"));
        Assert.Equal(0, _check.Count);
    }

    [Fact]
    public async Task Probes_are_counted_in_metrics_but_not_logged_or_traced_also_with_a_slash_at_the_end()
    {
        _check.Open();
        foreach (var path in (string[])["/health", "/health/", "/ALIVE/", "/echo"])
        {
            await GetAsync(path);
        }

        var metrics = (await GetManagementAsync("/metrics")).Body;
        Assert.Contains("http_route=\"/health\"", metrics, StringComparison.Ordinal);
        Assert.Contains("http_route=\"/alive\"", metrics, StringComparison.Ordinal);
        Assert.Equal(["GET /echo"], (await _service!.Spans.WaitForSpansAsync(1)).Select(span => span.DisplayName));
        Assert.Single(_service.Records, record => record.EventId.Name == "request.completed");
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/alive")]
    public async Task Probes_are_read_only(string path)
    {
        using var response = await _service!.Client.PostAsync(path, null);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }

    private Task<(HttpStatusCode Status, string Body)> GetAsync(string path) => GetAsync(new Uri(_service!.GetAddress("http"), path));

    private Task<(HttpStatusCode Status, string Body)> GetManagementAsync(string path) =>
        GetAsync(new Uri(_service!.GetAddress("management"), path));

    private async Task<(HttpStatusCode Status, string Body)> GetAsync(Uri address)
    {
        using var response = await _service!.Client.GetAsync(address);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private sealed class GatedCheck : IHealthCheck
    {
        private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _count;

        public int Count => _count;

        public Task Started => _started.Task;

        public HealthStatus Status { get; set; } = HealthStatus.Healthy;

        public bool IsGated { get; set; } = true;

        public bool IgnoresToken { get; set; }

        public void Open() => _open.TrySetResult();

        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _count);
            var isGated = IsGated;
            _started.TrySetResult();
            if (isGated)
            {
                await _open.Task.WaitAsync(IgnoresToken ? CancellationToken.None : cancellationToken);
            }

            return new(Status);
        }
    }
}
