using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Context.Propagation;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

/// <summary>
/// Changes the telemetry of the services that a benchmark starts, without a word about benchmarks in their code: .NET calls it before the
/// program of a process (<c>DOTNET_STARTUP_HOOKS</c>), and it changes the services of the host when that is built.
/// </summary>
internal static class StartupHook
{
    /// <summary>The environment variable with a list of signals that are left, or with <see cref="Aspire"/>.</summary>
    public const string Variable = "BENCH_SIGNALS";

    /// <summary>The value for the service defaults of a new Aspire application.</summary>
    public const string Aspire = "aspire";

    private static readonly (string Signal, string Builder)[] _builders =
    [
        ("traces", "OpenTelemetry.Trace.IConfigureTracerProviderBuilder"),
        ("metrics", "OpenTelemetry.Metrics.IConfigureMeterProviderBuilder"),
        ("logs", "OpenTelemetry.Logs.IConfigureLoggerProviderBuilder"),
    ];

    public static void Initialize() => DiagnosticListener.AllListeners.Subscribe(new Observer<DiagnosticListener>(listener =>
    {
        if (listener.Name == "Microsoft.Extensions.Hosting")
        {
            listener.Subscribe(new Observer<KeyValuePair<string, object?>>(message =>
            {
                if (message is { Key: "HostBuilding", Value: { } host })
                {
                    Change(host);
                }
            }));
        }
    }));

    // In a method of its own: the command line of .NET, which starts the services, has no such assemblies.
    private static void Change(object host) => ((IHostBuilder)host).ConfigureServices(static (_, services) =>
    {
        var signals = Environment.GetEnvironmentVariable(Variable) ?? "";
        var removed = _builders.Where(builder => !signals.Split(',').Contains(builder.Signal)).Select(builder => builder.Builder).ToList();
        foreach (var service in services.Where(service => removed.Contains(service.ServiceType.FullName!)).ToList())
        {
            services.Remove(service);
        }

        if (signals == Aspire)
        {
            AddAspireDefaults(services);
        }

        // The management endpoint asks for it. It reads when it is scraped, and no benchmark scrapes it.
        if (!signals.Contains("metrics", StringComparison.Ordinal))
        {
            services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddPrometheusExporter());
        }
    });

    // What the template's ConfigureOpenTelemetry does, and what the client integrations add to it.
    private static void AddAspireDefaults(IServiceCollection services)
    {
        DistributedContextPropagator.Current = DistributedContextPropagator.CreateDefaultPropagator();
        Sdk.SetDefaultTextMapPropagator(new CompositeTextMapPropagator([new TraceContextPropagator(), new BaggagePropagator()]));
        services.Replace(ServiceDescriptor.Singleton(DistributedContextPropagator.Current));
        services.Configure<LoggerFactoryOptions>(logging => logging.ActivityTrackingOptions =
            ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId | ActivityTrackingOptions.ParentId);
        services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddAspNetCoreInstrumentation().AddHttpClientInstrumentation().AddRuntimeInstrumentation()
                .AddMeter("Npgsql", "MassTransit"))
            .WithTracing(tracing => tracing
                .AddSource(AppDomain.CurrentDomain.FriendlyName, "Npgsql", "MassTransit")
                .AddAspNetCoreInstrumentation(options => options.Filter = context =>
                    !context.Request.Path.StartsWithSegments("/health") && !context.Request.Path.StartsWithSegments("/alive"))
                .AddHttpClientInstrumentation())
            .UseOtlpExporter();
        if (services.Any(service => service.ServiceType.FullName == "StackExchange.Redis.IConnectionMultiplexer"))
        {
            AddRedis(services);
        }
    }

    // In a method of its own: services without Redis have no such assembly.
    private static void AddRedis(IServiceCollection services) =>
        services.AddOpenTelemetry().WithTracing(tracing => tracing.AddRedisInstrumentation());

    private sealed class Observer<T>(Action<T> onNext) : IObserver<T>
    {
        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void OnNext(T value) => onNext(value);
    }
}
