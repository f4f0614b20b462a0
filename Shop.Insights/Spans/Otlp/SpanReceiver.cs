using System.IO.Compression;
using Microsoft.Net.Http.Headers;

namespace Shop.Insights.Spans.Otlp;

/// <summary>
/// Receives spans by the OpenTelemetry protocol over HTTP, as protobuf or JSON. The spans are accepted when they are in the queue. The
/// sender repeats a request that was refused with 503, and no other.
/// </summary>
internal sealed class SpanReceiver(SpanQueue queue, SpanStore store, SpanMetrics metrics) : IDisposable
{
    private static readonly string _tooLarge = $"The body may have at most {OtlpLimits.MaxBytes} bytes, also when it is decompressed.";

    private readonly SemaphoreSlim _requests = new(OtlpLimits.MaxRequests);

    /// <summary>Handles a request.</summary>
    public async Task ReceiveAsync(HttpContext context)
    {
        var type = MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var parsed) ? parsed.MediaType.Value : null;
        var isJson = OtlpResponse.Json.Equals(type, StringComparison.OrdinalIgnoreCase);
        if (!isJson && !OtlpResponse.Protobuf.Equals(type, StringComparison.OrdinalIgnoreCase))
        {
            await RefuseAsync(
                isJson: true,
                StatusCodes.Status415UnsupportedMediaType,
                "unsupported",
                $"The content type must be {OtlpResponse.Protobuf} or {OtlpResponse.Json}.");
            return;
        }

        // Not waiting: requests that wait need memory too, and the sender keeps its spans meanwhile.
        if (!await _requests.WaitAsync(TimeSpan.Zero, context.RequestAborted))
        {
            await RefuseAsync(isJson, StatusCodes.Status503ServiceUnavailable, "busy", "Too many requests are being read.");
            return;
        }

        try
        {
            var (first, last) = store.GetTimes();
            var batch = new SpanBatch(first, last);
            var body = await ReadBodyAsync(context.Request, context.RequestAborted);
            if (isJson)
            {
                OtlpJson.Read(body, batch);
            }
            else
            {
                OtlpProtobuf.Read(body.Span, batch);
            }

            if (!queue.TryAdd(batch.Spans))
            {
                await RefuseAsync(isJson, StatusCodes.Status503ServiceUnavailable, "queue_full", "The queue of spans is full.");
                return;
            }

            metrics.AddRejected(batch.Rejected);
            await OtlpResponse.WriteAcceptedAsync(context, isJson, batch.Rejected, batch.RejectReason);
        }
        catch (InvalidDataException exception)
        {
            await RefuseAsync(isJson, StatusCodes.Status400BadRequest, "invalid", exception.Message);
        }
        catch (OtlpLimitException exception)
        {
            await RefuseAsync(isJson, StatusCodes.Status413PayloadTooLarge, "too_large", exception.Message);
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            await RefuseAsync(isJson, StatusCodes.Status413PayloadTooLarge, "too_large", _tooLarge);
        }
        finally
        {
            _requests.Release();
        }

        Task RefuseAsync(bool isJson, int status, string reason, string message)
        {
            metrics.AddRefused(reason);
            return OtlpResponse.WriteRefusedAsync(context, isJson, status, message);
        }
    }

    public void Dispose() => _requests.Dispose();

    private static async Task<ReadOnlyMemory<byte>> ReadBodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        // The middleware has refused all encodings but this one.
        await using var decompressed = request.Headers.ContentEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase)
            ? new GZipStream(request.Body, CompressionMode.Decompress, leaveOpen: true)
            : null;
        var source = decompressed ?? request.Body;
        var body = new MemoryStream();
        var buffer = new byte[32 * 1024];
        while (await source.ReadAsync(buffer, cancellationToken) is > 0 and var length)
        {
            if (body.Length + length > OtlpLimits.MaxBytes)
            {
                throw new OtlpLimitException(_tooLarge);
            }

            body.Write(buffer, 0, length);
        }

        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }
}
