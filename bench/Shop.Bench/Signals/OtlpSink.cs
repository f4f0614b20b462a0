using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Shop.Bench.Signals;

/// <summary>Takes OTLP over HTTP as a collector would, and counts what it got.</summary>
internal sealed class OtlpSink : IAsyncDisposable
{
    private readonly WebApplication _app;
    private long _lines;
    private long _onKeyPaths;
    private long _errors;
    private long _bytes;

    private OtlpSink(WebApplication app) => _app = app;

    public string Address => _app.Urls.First();

    public static async Task<OtlpSink> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var sink = new OtlpSink(builder.Build());
        sink._app.Run(async context =>
        {
            using var body = new MemoryStream((int)(context.Request.ContentLength ?? 0));
            await context.Request.Body.CopyToAsync(body);
            sink.Count(body.GetBuffer().AsSpan(0, (int)body.Length));
        });
        await sink._app.StartAsync();
        return sink;
    }

    /// <summary>Records since the last time.</summary>
    public (long All, long OnKeyPaths, long Errors) Take()
    {
        var (lines, onKeyPaths, errors) = (Interlocked.Exchange(ref _lines, 0), Interlocked.Exchange(ref _onKeyPaths, 0), Interlocked.Exchange(ref _errors, 0));
        return (lines + onKeyPaths + errors, onKeyPaths, errors);
    }

    /// <summary>Of all signals, since the last time.</summary>
    public long TakeBytes() => Interlocked.Exchange(ref _bytes, 0);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private void Count(ReadOnlySpan<byte> body)
    {
        Interlocked.Add(ref _bytes, body.Length);
        // Each record names its event once.
        Interlocked.Add(ref _lines, body.Count("bench.line"u8));
        Interlocked.Add(ref _onKeyPaths, body.Count("bench.key"u8));
        Interlocked.Add(ref _errors, body.Count("bench.error"u8));
    }
}
