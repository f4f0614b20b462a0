using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using Shop.Contracts.Journeys;
using Shop.Telemetry.Logging;
using Shop.Telemetry.Sampling;

namespace Shop.Tests.Support;

/// <summary>
/// A small service with all service defaults, on free loopback ports. Its exported spans and log records and its console lines can be
/// read. Spans are those of the whole process, so tests that read them belong to the collection <see cref="TracingTestGroup"/>.
/// </summary>
internal sealed class TestService : IAsyncDisposable
{
    /// <summary>The name of the service, of its log category and of its activity source and meter.</summary>
    public const string Name = "Shop.Test";

    /// <summary>The key of all test services, so that they continue each other's context unless a test configures another one.</summary>
    public const string ServiceKey = "the-service-key-of-the-test-services";

    // The directory of the tests contains the appsettings.json of a service, so the content root is another one.
    private static readonly string _contentRoot = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "empty")).FullName;

    private static readonly Lock _consoleLock = new();

    private readonly MemoryStream _console;
    private readonly List<LogRecord> _records;
    private bool _started;

    private TestService(WebApplication app, MemoryStream console, List<LogRecord> records, InMemorySpanExporter spans) =>
        (App, _console, _records, Spans) = (app, console, records, spans);

    public WebApplication App { get; }

    public IServiceProvider Services => App.Services;

    public IConfigurationRoot Configuration => (IConfigurationRoot)App.Configuration;

    /// <summary>The exported log records.</summary>
    public IReadOnlyList<LogRecord> Records => _records;

    /// <summary>The exported spans.</summary>
    public InMemorySpanExporter Spans { get; }

    /// <summary>A client outside of the system: it sends no trace context and no cookies of its own.</summary>
    public HttpClient Client => field ??= new(new SocketsHttpHandler { ActivityHeadersPropagator = null, UseCookies = false })
    {
        BaseAddress = GetAddress("http"),
    };

    /// <summary>Builds a service that answers <c>/echo</c> with the <see cref="ReceivedRequest"/>.</summary>
    /// <param name="configure">Adds services, for example critical routes.</param>
    /// <param name="map">Maps endpoints.</param>
    /// <param name="environment">The name of the environment.</param>
    /// <param name="console">The stream that receives the console's output.</param>
    /// <param name="denyByDefault">Whether endpoints that say nothing are refused, as in every service.</param>
    /// <param name="settings">The configuration.</param>
    public static TestService Build(
        Action<WebApplicationBuilder>? configure = null,
        Action<WebApplication>? map = null,
        string environment = "Production",
        MemoryStream? console = null,
        bool denyByDefault = false,
        params (string Name, string? Value)[] settings)
    {
        console ??= new MemoryStream();
        var records = new List<LogRecord>();
        var spans = new InMemorySpanExporter();
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ApplicationName = Name,
            EnvironmentName = environment,
            ContentRootPath = _contentRoot,
        });
        builder.Configuration["Kestrel:Endpoints:http:Url"] = "http://127.0.0.1:0";
        builder.Configuration["Kestrel:Endpoints:grpc:Url"] = "http://127.0.0.1:0";
        builder.Configuration["Kestrel:Endpoints:grpc:Protocols"] = "Http2";
        builder.Configuration["Shop:ServiceKey"] = ServiceKey;
        builder.Configuration["Shop:JourneyEvents:SpillPath"] = Path.Combine(Path.GetTempPath(), "shop-tests", $"{Guid.NewGuid():n}");
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Name, setting.Value)));
        builder.AddServiceDefaults();
        builder.AddShopJourneyKeys();
        if (!denyByDefault)
        {
            builder.Services.Configure<AuthorizationOptions>(options => options.FallbackPolicy = null);
        }

        builder.Services.AddOpenTelemetry()
            .WithLogging(logging => logging.AddInMemoryExporter(records));
        builder.Services.AddSingleton(new SpanExport(new SimpleActivityExportProcessor(spans)));
        builder.Services.Replace(ServiceDescriptor.Singleton(new ConsoleOutput(console, console)));
        configure?.Invoke(builder);

        var app = BuildWithConsole(builder, console);
        app.UseServiceDefaults();
        app.MapDefaultEndpoints();
        app.MapGet("/echo", ReceivedRequest.From);
        map?.Invoke(app);
        return new TestService(app, console, records, spans);
    }

    public async Task<TestService> StartAsync()
    {
        await App.StartAsync();
        _started = true;
        return this;
    }

    /// <summary>Gets the address of a Kestrel endpoint: <c>http</c>, <c>grpc</c>, or one that the settings add.</summary>
    public Uri GetAddress(string endpoint)
    {
        // Kestrel binds endpoints in the order of the configuration.
        var names = App.Configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(section => section.Key);
        var addresses = Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        return new Uri(names.Zip(addresses).Single(pair => pair.First == endpoint).Second);
    }

    public ILogger CreateLogger(string category = Name) => Services.GetRequiredService<ILoggerFactory>().CreateLogger(category);

    /// <summary>Stops the service and returns the lines that it has written to the console.</summary>
    public async Task<IReadOnlyList<string>> ReadConsoleAsync()
    {
        await DisposeAsync();
        return Encoding.UTF8.GetString(_console.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Stops the service and returns the lines that it has written to the console, parsed as JSON.</summary>
    public async Task<IReadOnlyList<JsonElement>> ReadJsonConsoleAsync() =>
        [.. (await ReadConsoleAsync()).Select(line => JsonDocument.Parse(line).RootElement)];

    public async ValueTask DisposeAsync()
    {
        if (_started)
        {
            _started = false;
            Client.Dispose();
            await App.StopAsync();
        }

        await App.DisposeAsync();
    }

    // The console of Development reads Console.Out when its provider is created, which is with the logger factory.
    private static WebApplication BuildWithConsole(WebApplicationBuilder builder, MemoryStream console)
    {
        lock (_consoleLock)
        {
            var original = Console.Out;
            Console.SetOut(new StreamWriter(console) { AutoFlush = true });
            try
            {
                var app = builder.Build();
                app.Services.GetRequiredService<ILoggerFactory>();
                return app;
            }
            finally
            {
                Console.SetOut(original);
            }
        }
    }
}
