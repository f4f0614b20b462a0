using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Shop.Tests.Support;

/// <summary>
/// Receives OTLP over HTTP or gRPC, and rejects requests of more than 4 MiB as a collector does. The bodies are stored as text, because
/// protobuf does not encode strings.
/// </summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private const int MaxRequestBytes = 4 * 1024 * 1024;

    private readonly WebApplication _app;
    private readonly bool _isGrpc;
    private readonly ConcurrentDictionary<string, int> _failures = new();
    private readonly int _failuresPerSignal;

    private OtlpReceiver(WebApplication app, string protocol, int failuresPerSignal) =>
        (_app, _isGrpc, _failuresPerSignal) = (app, protocol == "grpc", failuresPerSignal);

    /// <summary>The accepted bodies by path: <c>/v1/traces</c>, <c>/v1/metrics</c>, <c>/v1/logs</c>.</summary>
    public ConcurrentDictionary<string, string> Received { get; } = new();

    /// <summary>The headers of all requests, with the path as <c>:path</c>, in the order of their arrival.</summary>
    public ConcurrentQueue<Dictionary<string, string>> Requests { get; } = new();

    /// <summary>The largest body so far, in bytes.</summary>
    public long LargestRequest { get; private set; }

    public string Address => _app.Urls.Single();

    /// <summary>Starts a receiver.</summary>
    /// <param name="protocol"><c>grpc</c> or <c>http/protobuf</c>.</param>
    /// <param name="failuresPerSignal">The number of requests of each signal that are answered with 503 or UNAVAILABLE first.</param>
    /// <param name="https">The certificate, for a receiver with TLS.</param>
    public static async Task<OtlpReceiver> StartAsync(
        string protocol = "http/protobuf", int failuresPerSignal = 0, HttpsConnectionAdapterOptions? https = null)
    {
        // An empty builder, because the directory of the tests contains the appsettings.json of a service.
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, endpoint =>
            {
                endpoint.Protocols = protocol == "grpc" ? HttpProtocols.Http2 : HttpProtocols.Http1;
                if (https is not null)
                {
                    endpoint.UseHttps(https);
                }
            });
        });
        var receiver = new OtlpReceiver(builder.Build(), protocol, failuresPerSignal);
        receiver._app.Run(receiver.ReceiveAsync);
        await receiver._app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        // /opentelemetry.proto.collector.trace.v1.TraceService/Export
        var path = _isGrpc ? $"/v1/{context.Request.Path.Value!.Split('.')[3].Replace("trace", "traces", StringComparison.Ordinal)}"
            : context.Request.Path.Value!;
        var headers = context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString());
        headers[":path"] = path;
        Requests.Enqueue(headers);
        lock (_app)
        {
            LargestRequest = Math.Max(LargestRequest, body.Length);
        }

        if (_failures.AddOrUpdate(path, 1, (_, count) => count + 1) <= _failuresPerSignal)
        {
            Respond(context, StatusCodes.Status503ServiceUnavailable, grpcStatus: 14);
        }
        else if (body.Length > MaxRequestBytes)
        {
            Respond(context, StatusCodes.Status413PayloadTooLarge, grpcStatus: 8);
        }
        else
        {
            var text = Encoding.UTF8.GetString(body.ToArray());
            Received.AddOrUpdate(path, text, (_, previous) => previous + text);
            Respond(context, StatusCodes.Status200OK, grpcStatus: 0);
            if (_isGrpc)
            {
                await context.Response.Body.WriteAsync(new byte[5]); // an empty message
            }
        }
    }

    private void Respond(HttpContext context, int statusCode, int grpcStatus)
    {
        if (_isGrpc)
        {
            context.Response.ContentType = "application/grpc";
            context.Response.AppendTrailer("grpc-status", $"{grpcStatus}");
        }
        else
        {
            context.Response.StatusCode = statusCode;
        }
    }
}
