using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using OpenTelemetry.Instrumentation.StackExchangeRedis;
using OpenTelemetry.Trace;
using Shop.Data;
using Shop.Telemetry.Journeys;
using StackExchange.Redis;

namespace Microsoft.Extensions.Hosting;

/// <summary>Adds Redis to a service.</summary>
public static class RedisExtensions
{
    // The instrumentation records commands after they completed. A trace is complete this much later than its last span.
    private static readonly TimeSpan _flushInterval = TimeSpan.FromSeconds(1);

    private static readonly object _profiledConnection = new();

    /// <summary>
    /// Adds the service's Redis (<c>ConnectionStrings:{connectionName}</c>) with tracing and health checks. While the server is
    /// unavailable or refuses commands, requests that need it fail with 503.
    /// </summary>
    /// <param name="builder">The service.</param>
    /// <param name="connectionName">The name of the connection string.</param>
    public static void AddRedis(this IHostApplicationBuilder builder, string connectionName)
    {
        // Aspire's client integration contains an older version of the instrumentation without options: it flushes every 10 s, keeps each
        // request in memory until then, and loses the journey. This can go when the integration exposes the options of the instrumentation.
        builder.AddRedisClient(connectionName, redis => redis.DisableTracing = true);
        builder.Services.AddKeyedSingleton(
            _profiledConnection, (services, _) => RedisProfiling.Wrap(services.GetRequiredService<IConnectionMultiplexer>()));
        builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddRedisInstrumentation(
            name: null,
            _profiledConnection,
            redis =>
            {
                redis.FlushInterval = _flushInterval;
                redis.Filter = IsTraced;
            }));

        builder.Services.MapToServiceUnavailable<Exception>(RedisErrors.IsUnavailable);

        // Degraded: what only reads still works, and no other replica of the service can write either.
        builder.Services.AddHealthChecks().AddCheck<RedisWriteCheck>("redis_writes", HealthStatus.Degraded);
    }

    /// <summary>Traces a command only as part of a request or message, and not when nothing of its trace was sampled.</summary>
    internal static bool IsTraced(RedisInstrumentationContext command) =>
        command.ParentActivity is { } parent && (parent.Recorded || !parent.GetLocalRoot().IsStopped);
}
