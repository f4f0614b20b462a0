using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Sampling.Tail;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.ServiceDefaults;

/// <summary>
/// Tests that start services in this process. Activities are heard by every provider in a process, so these run one after the
/// other and alone.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Services
{
    public const string Name = "Services in this process";
}

/// <summary>A small real service on all the service defaults, on free loopback ports, that keeps the spans it would export.</summary>
internal sealed class TestService : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestService(WebApplication app, Exported exported)
    {
        _app = app;
        Exported = exported;
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToList();
        Http = new(addresses[0]);
        Grpc = new(addresses[1]);
        Client = new(new SocketsHttpHandler { ActivityHeadersPropagator = null, UseCookies = false }) { BaseAddress = Http };
    }

    public Uri Http { get; }

    public Uri Grpc { get; }

    /// <summary>A caller from outside: it sends exactly the headers that it is told to.</summary>
    public HttpClient Client { get; }

    public Exported Exported { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<TestService> StartAsync(
        Action<WebApplicationBuilder>? build = null, Action<WebApplication>? map = null, params (string Name, string? Value)[] settings)
    {
        var exported = new Exported();
        var builder = WebApplication.CreateEmptyBuilder(new() { ApplicationName = "Shop.Probe" });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Kestrel:Endpoints:a:Url"] = "http://127.0.0.1:0",
            ["Kestrel:Endpoints:b:Url"] = "http://127.0.0.1:0",
            ["Kestrel:Endpoints:b:Protocols"] = "Http2",
        });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Name, setting.Value)));
        builder.WebHost.UseKestrelCore().ConfigureKestrel((context, kestrel) => kestrel.Configure(context.Configuration.GetSection("Kestrel")));
        builder.Services.AddRouting();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.AddServiceDefaults();
        build?.Invoke(builder);
        builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing
            .AddProcessor(services => ActivatorUtilities.CreateInstance<TailSamplingProcessor>(services, new SimpleActivityExportProcessor(exported))));

        var app = builder.Build();
        app.UseRouting();
        app.UseServiceDefaults();
        app.MapDefaultEndpoints();
        app.MapGet("/heard", Heard);
        map?.Invoke(app);
        app.UseEndpoints(_ => { });
        await app.StartAsync();
        return new(app, exported);
    }

    /// <summary>The spans of a trace, once the last of them has ended: a response arrives a moment before its span does.</summary>
    public async Task<IReadOnlyList<Activity>> SpansAsync(int count)
    {
        for (var i = 0; i < 200 && Exported.Spans.Count < count; i++)
            await Task.Delay(10);
        return Exported.Spans;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    // What a service was told: every header, and what it made of them.
    public static HeardRequest Heard(HttpContext context) => new(
        context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.Select(value => value ?? "").ToArray()),
        Activity.Current?.TraceId.ToString(),
        Activity.Current?.ParentSpanId.ToString(),
        Activity.Current?.TraceStateString,
        Activity.Current?.Recorded ?? false,
        Activity.Current?.Baggage.Count() ?? 0,
        Baggage.Current.GetBaggage().ToDictionary(),
        JourneyContext.Current.RequestId);
}

internal sealed record HeardRequest(
    Dictionary<string, string[]> Headers, string? TraceId, string? ParentId, string? TraceState, bool Recorded, int ActivityBaggage, Dictionary<string, string> Baggage, string? RequestId);
