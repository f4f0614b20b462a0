using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace Shop.Data;

/// <summary>Checks that Redis accepts writes. A replica, or a server without memory or disk, answers pings and refuses writes.</summary>
internal sealed class RedisWriteCheck(IConnectionMultiplexer redis) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            // The server decides by the command whether it refuses a write. The key does not exist, so nothing is written.
            await redis.GetDatabase().StringSetAsync("health", "", when: When.Exists).WaitAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception exception) when (RedisErrors.IsUnavailable(exception))
        {
            return new(context.Registration.FailureStatus, "Redis refuses writes.", exception);
        }
    }
}
