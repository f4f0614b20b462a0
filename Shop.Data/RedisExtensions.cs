using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Instrumentation.StackExchangeRedis;
using OpenTelemetry.Trace;
using Shop.Telemetry.Journeys;
using StackExchange.Redis;

namespace Microsoft.Extensions.Hosting;

public static class RedisExtensions
{
    // The client tells of its commands afterwards. Whoever looks at a trace waits for them no longer than this.
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);

    /// <summary>
    /// A service's Redis (<c>ConnectionStrings:{connectionName}</c>), with each command on its trace. While the server is away, requests
    /// that need it are answered with "try again".
    /// </summary>
    public static void AddRedis(this IHostApplicationBuilder builder, string connectionName)
    {
        // Its spans come from OpenTelemetry's package. Aspire's client has an older one inside, with nothing to set: that one writes every
        // ten seconds, keeps each request in memory until then, and does not know on whose journey a command was.
        builder.AddRedisClient(connectionName, redis => redis.DisableTracing = true);
        builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddRedisInstrumentation(redis =>
        {
            redis.FlushInterval = _pause;
            redis.Filter = IsTold;
        }));

        builder.Services.MapToServiceUnavailable<RedisConnectionException>();
        // What the client says while a connection breaks under it, of the pipe it writes to, and what a server says that reads its file.
        builder.Services.MapToServiceUnavailable<InvalidOperationException>(broken => broken.Source == "System.IO.Pipelines");
        builder.Services.MapToServiceUnavailable<RedisServerException>(starting => starting.Message.StartsWith("LOADING", StringComparison.Ordinal));
    }

    /// <summary>Not what belongs to no request or message, and not what belongs to a trace of which nothing is kept: nobody would see it.</summary>
    internal static bool IsTold(RedisInstrumentationContext command) =>
        command.ParentActivity is { } parent && (parent.Recorded || !parent.GetLocalRoot().IsStopped);
}
