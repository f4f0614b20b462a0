using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Logs;
using Shop.Contracts.Journeys;
using Shop.Telemetry.Logging;

namespace Shop.Tests.Unit.ServiceDefaults.Support;

/// <summary>A service with the defaults of all services, and what it says: on its console, and as log records on their way out.</summary>
internal sealed class Service : IAsyncDisposable
{
    private static readonly Lock _console = new();

    private readonly MemoryStream _output;
    private readonly DirectoryInfo _root;

    private Service(WebApplication app, MemoryStream output, DirectoryInfo root, List<LogRecord> records) =>
        (App, _output, _root, Records) = (app, output, root, records);

    public WebApplication App { get; }

    /// <summary>As the exporter gets them.</summary>
    public IReadOnlyList<LogRecord> Records { get; }

    public IConfigurationRoot Configuration => (IConfigurationRoot)App.Configuration;

    public ILogger Log(string category = "Shop.Probe") => App.Services.GetRequiredService<ILoggerFactory>().CreateLogger(category);

    public static Service Build(
        Dictionary<string, string?>? settings = null, Action<WebApplicationBuilder>? add = null, string environment = "Production", MemoryStream? output = null)
    {
        var root = Directory.CreateTempSubdirectory("shop-tests-");
        var records = new List<LogRecord>();
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ApplicationName = "Shop.Probe",
            EnvironmentName = environment,
            ContentRootPath = root.FullName,
        });
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Configuration["Kestrel:Endpoints:http:Url"] ??= "http://127.0.0.1:0";
        builder.AddServiceDefaults();
        builder.AddShopJourneyKeys();
        builder.Services.AddOpenTelemetry().WithLogging(logging => logging.AddInMemoryExporter(records));
        output ??= new MemoryStream();
        builder.Services.Replace(ServiceDescriptor.Singleton(new ConsoleOutput(output)));
        add?.Invoke(builder);

        // The console for people takes Console.Out when it is made, which is when the first logger is.
        lock (_console)
        {
            var before = Console.Out;
            Console.SetOut(new StreamWriter(output) { AutoFlush = true });
            try
            {
                var app = builder.Build();
                _ = app.Services.GetRequiredService<ILoggerFactory>();
                return new Service(app, output, root, records);
            }
            finally
            {
                Console.SetOut(before);
            }
        }
    }

    /// <summary>The address of a Kestrel endpoint, by its place in the configuration.</summary>
    public Uri Address(int endpoint = 0) => new(
        App.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ElementAt(endpoint));

    /// <summary>Stops, and returns what the console showed.</summary>
    public async Task<IReadOnlyList<string>> LinesAsync()
    {
        await App.DisposeAsync();
        return Encoding.UTF8.GetString(_output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public async Task<IReadOnlyList<JsonElement>> JsonLinesAsync() => [.. (await LinesAsync()).Select(line => JsonDocument.Parse(line).RootElement)];

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        if (_root.Exists)
            _root.Delete(recursive: true);
    }
}

internal static class LogRecordExtensions
{
    public static IReadOnlyDictionary<string, object?> Values(this LogRecord record) => record.Attributes!.ToDictionary(value => value.Key, value => value.Value);
}
