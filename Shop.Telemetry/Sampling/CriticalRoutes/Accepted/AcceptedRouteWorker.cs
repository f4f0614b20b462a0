using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using Shop.Telemetry.Export;
using Shop.Telemetry.Hosting;
using Shop.Telemetry.Propagation;

namespace Shop.Telemetry.Sampling.CriticalRoutes.Accepted;

/// <summary>
/// Requests the accepted routes. While the endpoint does not answer, the last routes stay in effect; a service that starts meanwhile has
/// none until the endpoint answers.
/// </summary>
internal sealed class AcceptedRouteWorker : PeriodicWorker
{
    private const int MaxResponseBytes = 64 * 1024;

    // No warning while the service with the endpoint is still starting.
    private const int FailuresBeforeWarning = 3;

    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(5);

    private readonly AcceptedRouteConfiguration _routes;
    private readonly IOptionsMonitor<CriticalRouteOptions> _rules;
    private readonly IDisposable? _ruleSubscription;
    private readonly AcceptedRouteMetrics _metrics;
    private readonly ILogger<AcceptedRouteWorker> _log;
    private readonly HttpClient _http;
    private readonly Uri _endpoint;
    private readonly Lock _lock = new();
    private AcceptedRoutes _inEffect;
    private EntityTagHeaderValue? _entityTag;
    private long? _ignoredVersion;
    private int _failures;

    /// <param name="routes">Receives the routes.</param>
    /// <param name="rules">The rules of the service, of which the routes become a part.</param>
    /// <param name="options">The address and the interval.</param>
    /// <param name="key">The service key, which is sent with each request.</param>
    /// <param name="metrics">Counts the routes.</param>
    /// <param name="time">Measures the interval.</param>
    /// <param name="host">The service.</param>
    /// <param name="log">The log.</param>
    public AcceptedRouteWorker(
        AcceptedRouteConfiguration routes,
        IOptionsMonitor<CriticalRouteOptions> rules,
        IOptions<AcceptedRouteOptions> options,
        ServiceKey key,
        AcceptedRouteMetrics metrics,
        TimeProvider time,
        IHostEnvironment host,
        ILogger<AcceptedRouteWorker> log)
        : base(options.Value.Interval, time, host, runAtStart: true)
    {
        (_routes, _rules, _metrics, _log, _endpoint) = (routes, rules, metrics, log, new Uri(options.Value.Endpoint!));
        _inEffect = routes.Current;
        _ruleSubscription = rules.OnChange(TrySetInEffect);
        _http = OtlpHttpClient.CreateForService(key, _timeout, MaxResponseBytes);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _ruleSubscription?.Dispose();
        _http.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        using var suppression = SuppressInstrumentationScope.Begin();
        using var request = new HttpRequestMessage(HttpMethod.Get, _endpoint);
        if (_entityTag is not null)
        {
            request.Headers.IfNoneMatch.Add(_entityTag);
        }

        using var response = await _http.SendAsync(request, cancellationToken);
        if (response.StatusCode is not HttpStatusCode.NotModified)
        {
            var received = await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<AcceptedRoutes>(cancellationToken);
            Apply(received ?? throw new InvalidDataException("The response has no routes."));
            _entityTag = response.Headers.ETag;
        }

        if (_failures >= FailuresBeforeWarning)
        {
            _log.AcceptedRoutesAvailable();
        }

        _failures = 0;
    }

    /// <inheritdoc/>
    protected override void OnError(Exception exception)
    {
        if (++_failures == FailuresBeforeWarning)
        {
            _log.AcceptedRoutesUnavailable(_endpoint, exception);
        }
    }

    private void Apply(AcceptedRoutes received)
    {
        var current = _routes.Current;
        if (received.Version > current.Version && received.IsValid())
        {
            _routes.Replace(received);
            TrySetInEffect(_rules.CurrentValue);
            if (_inEffect != received)
            {
                // The log has the reason: another rule is not valid. The routes are in effect as soon as it is.
                _log.AcceptedRoutesRejected(received.Version, _inEffect.Version);
            }
        }
        else if (received.Version != current.Version && _ignoredVersion != received.Version)
        {
            _ignoredVersion = received.Version;
            if (received.Version < current.Version)
            {
                _log.AcceptedRoutesOlder(received.Version, current.Version);
            }
            else
            {
                _log.AcceptedRoutesRejected(received.Version, _inEffect.Version);
            }
        }
    }

    // Also called when the configuration of the service changes.
    private void TrySetInEffect(CriticalRouteOptions rules)
    {
        lock (_lock)
        {
            var routes = _routes.Current;
            if (routes != _inEffect && routes.AreIn(rules, _inEffect))
            {
                _inEffect = routes;
                _metrics.SetAccepted(routes.Routes.Count);
                _log.AcceptedRoutesChanged(routes.Version, routes.Routes.Count);
            }
        }
    }
}
