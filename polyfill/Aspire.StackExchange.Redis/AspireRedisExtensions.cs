using Aspire.StackExchange.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Trace;
using StackExchange.Redis;

namespace Microsoft.Extensions.Hosting;

/// <summary>Stands for Microsoft.Extensions.Hosting.AspireRedisExtensions in Aspire.StackExchange.Redis.</summary>
public static class AspireRedisExtensions
{
    private const string Section = "Aspire:StackExchange:Redis";

    /// <summary>
    /// An <see cref="IConnectionMultiplexer"/> from <c>ConnectionStrings:{connectionName}</c>, connected at first use, with a health
    /// check and a span for each command. Settings are read from <c>Aspire:StackExchange:Redis</c>, then from its <c>{connectionName}</c>.
    /// </summary>
    public static void AddRedisClient(
        this IHostApplicationBuilder builder,
        string connectionName,
        Action<StackExchangeRedisSettings>? configureSettings = null,
        Action<ConfigurationOptions>? configureOptions = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(connectionName);

        var section = builder.Configuration.GetSection(Section);
        var named = section.GetSection(connectionName);
        var settings = new StackExchangeRedisSettings();
        section.Bind(settings);
        named.Bind(settings);
        settings.ConnectionString = builder.Configuration.GetConnectionString(connectionName) ?? settings.ConnectionString;
        configureSettings?.Invoke(settings);

        builder.Services.AddSingleton<IConnectionMultiplexer>(services =>
        {
            var connection = ConnectionMultiplexer.Connect(Options(services));
            services.GetService<RedisInstrumentation>()?.AddConnection(connection);
            return connection;
        });

        if (!settings.DisableTracing)
        {
            builder.Services.AddSingleton<RedisInstrumentation>();
            builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing
                .AddSource(RedisInstrumentation.SourceName)
                .AddInstrumentation(services => services.GetRequiredService<RedisInstrumentation>()));
        }

        if (!settings.DisableHealthChecks)
        {
            builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
                "StackExchange.Redis",
                services => new RedisHealthCheck(services.GetRequiredService<IConnectionMultiplexer>),
                failureStatus: null,
                tags: null));
        }

        ConfigurationOptions Options(IServiceProvider services)
        {
            var options = settings.ConnectionString is { } connectionString ? ConfigurationOptions.Parse(connectionString) : new ConfigurationOptions();
            // As the real one: an absent server is waited for in the background, unless the connection string says otherwise.
            if (settings.ConnectionString?.Contains("abortConnect", StringComparison.OrdinalIgnoreCase) is not true)
                options.AbortOnConnectFail = false;
            section.GetSection("ConfigurationOptions").Bind(options);
            named.GetSection("ConfigurationOptions").Bind(options);
            configureOptions?.Invoke(options);

            if (options.EndPoints.Count == 0)
            {
                throw new InvalidOperationException(
                    $"No endpoints specified. Ensure a valid connection string was provided in 'ConnectionStrings:{connectionName}' or for the '{Section}:ConnectionString' configuration key.");
            }

            options.LoggerFactory ??= services.GetService<ILoggerFactory>();
            return options;
        }
    }
}
