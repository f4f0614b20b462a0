using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Health;

/// <summary>One GET on the public address of an endpoint.</summary>
internal sealed class EndpointHealthCheck(EndpointReference endpoint, string path, int expected, Func<HttpClient> createClient) : IHealthCheck
{
    // With no process behind it, DCP's proxy accepts the connection and holds it: without a limit of its own the probe would hang.
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(3);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!endpoint.IsAllocated)
        {
            return HealthCheckResult.Unhealthy("The URI for the health check has not been resolved.");
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(_timeout);

        try
        {
            using var client = createClient();
            using var response = await client.GetAsync(new Uri(new Uri(endpoint.Url), path), stop.Token);

            return (int)response.StatusCode == expected
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy($"Expected status {expected}, got {(int)response.StatusCode}.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy($"No answer within {_timeout.TotalSeconds:0} s.");
        }
        catch (HttpRequestException ex)
        {
            return HealthCheckResult.Unhealthy(ex.Message, ex);
        }
    }
}
