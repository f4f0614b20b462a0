using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shop.Bench.Measurement;

namespace Shop.Bench.Signals;

/// <summary>
/// Acknowledges OTLP over HTTP in a process of its own, so that neither the load generator nor a service does the work of a collector. The
/// first segment of a path tells the senders apart.
/// </summary>
internal sealed class OtlpSink(ChildProcess process) : IAsyncDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri(process.Output) };

    /// <summary>Gets the id of the process.</summary>
    public int ProcessId => process.Id;

    /// <summary>Runs the sink in this process: prints its address, and ends with its standard input.</summary>
    public static async Task RunAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        var bytes = new ConcurrentDictionary<int, long>();
        app.MapGet("/{sender:int}", (int sender) => bytes.GetValueOrDefault(sender));
        app.MapPost("/{sender:int}/v1/{signal}", async (int sender, HttpRequest request) =>
        {
            await request.Body.CopyToAsync(Stream.Null);
            bytes.AddOrUpdate(sender, request.ContentLength ?? 0, (_, before) => before + (request.ContentLength ?? 0));
        });
        await app.StartAsync();
        await ChildProcess.ServeAsync(app.Urls.First());
    }

    /// <summary>Starts the sink.</summary>
    public static async Task<OtlpSink> StartAsync() => new(await ChildProcess.StartAsync("otlp-sink"));

    /// <summary>Gets the endpoint of a sender.</summary>
    public string GetEndpoint(int sender) => $"{process.Output}/{sender}";

    /// <summary>Gets the number of bytes that a sender has sent.</summary>
    public async Task<long> GetBytesAsync(int sender) =>
        long.Parse(await _http.GetStringAsync(new Uri($"/{sender}", UriKind.Relative)), CultureInfo.InvariantCulture);

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return process.DisposeAsync();
    }
}
