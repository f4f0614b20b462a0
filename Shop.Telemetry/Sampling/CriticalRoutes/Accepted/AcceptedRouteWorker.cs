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
    private readonly AcceptedRouteMetrics _metrics;
    private readonly ILogger<AcceptedRouteWorker> _log;
    private readonly HttpClient _http;
    private readonly Uri _endpoint;
    private EntityTagHeaderValue? _entityTag;
    private long? _ignoredVersion;
    private int _failures;

    /// <param name="routes">Receives the routes.</param>
    /// <param name="options">The address and the interval.</param>
    /// <param name="key">The service key, which is sent with each request.</param>
    /// <param name="metrics">Counts the routes.</param>
    /// <param name="time">Measures the interval.</param>
    /// <param name="host">The service.</param>
    /// <param name="log">The log.</param>
    public AcceptedRouteWorker(
        AcceptedRouteConfiguration routes,
        IOptions<AcceptedRouteOptions> options,
        ServiceKey key,
        AcceptedRouteMetrics metrics,
        TimeProvider time,
        IHostEnvironment host,
        ILogger<AcceptedRouteWorker> log)
        : base(options.Value.Interval, time, host, runAtStart: true)
    {
        (_routes, _metrics, _log, _endpoint) = (routes, metrics, log, new Uri(options.Value.Endpoint!));
        _http = OtlpHttpClient.CreateForService(key, _timeout, MaxResponseBytes);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
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
            _metrics.SetAccepted(received.Routes.Count);
            _log.AcceptedRoutesChanged(received.Version, received.Routes.Count);
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
                _log.AcceptedRoutesRejected(received.Version, current.Version);
            }
        }
    }
}
