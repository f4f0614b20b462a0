using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Shop.Bench.Logs;

/// <summary>Receives OTLP over HTTP like a collector, counts bytes and the log records of the benchmark, and discards the data.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private long _bytes;
    private long _records;
    private long _criticalRecords;
    private long _errors;

    private OtlpReceiver(WebApplication app) => _app = app;

    public string Address => _app.Urls.First();

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var receiver = new OtlpReceiver(builder.Build());
        receiver._app.Run(async context =>
        {
            using var body = new MemoryStream((int)(context.Request.ContentLength ?? 0));
            await context.Request.Body.CopyToAsync(body);
            receiver.Count(body.GetBuffer().AsSpan(0, (int)body.Length));
        });
        await receiver._app.StartAsync();
        return receiver;
    }

    /// <summary>Returns the numbers of log records since the last call.</summary>
    public (long All, long OnCriticalRoutes, long Errors) TakeRecordCounts()
    {
        var records = Interlocked.Exchange(ref _records, 0);
        var criticalRecords = Interlocked.Exchange(ref _criticalRecords, 0);
        var errors = Interlocked.Exchange(ref _errors, 0);
        return (records + criticalRecords + errors, criticalRecords, errors);
    }

    /// <summary>Returns the number of bytes of all signals since the last call.</summary>
    public long TakeBytes() => Interlocked.Exchange(ref _bytes, 0);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private void Count(ReadOnlySpan<byte> body)
    {
        Interlocked.Add(ref _bytes, body.Length);
        // Each record contains its event name once.
        Interlocked.Add(ref _records, body.Count("bench.line"u8));
        Interlocked.Add(ref _criticalRecords, body.Count("bench.critical"u8));
        Interlocked.Add(ref _errors, body.Count("bench.error"u8));
    }
}
