using System.Globalization;
using System.Text.Json;
using Microsoft.Net.Http.Headers;

namespace Shop.Insights.Spans.Otlp;

/// <summary>
/// The OpenTelemetry protocol over HTTP, as protobuf or JSON. The encoding of a response is that of the request: an
/// <c>ExportTraceServiceResponse</c>, or a <c>Status</c> with a message. The sender repeats a request that was refused with 503, and no
/// other.
/// </summary>
internal static class OtlpHttp
{
    private const string Protobuf = "application/x-protobuf";
    private const string Json = "application/json";

    /// <summary>Handles a request.</summary>
    public static async Task ReceiveAsync(HttpContext context, SpanReceiver receiver)
    {
        var type = MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var parsed) ? parsed.MediaType.Value : null;
        var isJson = Json.Equals(type, StringComparison.OrdinalIgnoreCase);
        if (!isJson && !Protobuf.Equals(type, StringComparison.OrdinalIgnoreCase))
        {
            await WriteAsync(context, true, receiver.RefuseUnsupported($"The content type must be {Protobuf} or {Json}."));
            return;
        }

        // The middleware has refused all encodings but this one.
        var isCompressed = context.Request.Headers.ContentEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase);
        var result = await receiver.ReceiveAsync(
            token => OtlpBodyReader.ReadAsync(context.Request.Body, isCompressed, prefixBytes: 0, token), isJson, context.RequestAborted);
        await WriteAsync(context, isJson, result);
    }

    private static Task WriteAsync(HttpContext context, bool isJson, OtlpResult result)
    {
        context.Response.StatusCode = result.Outcome switch
        {
            OtlpOutcome.Accepted => StatusCodes.Status200OK,
            OtlpOutcome.Invalid => StatusCodes.Status400BadRequest,
            OtlpOutcome.TooLarge => StatusCodes.Status413PayloadTooLarge,
            OtlpOutcome.Unsupported => StatusCodes.Status415UnsupportedMediaType,
            _ => StatusCodes.Status503ServiceUnavailable,
        };
        if (result.Outcome is OtlpOutcome.Unavailable)
        {
            context.Response.Headers.RetryAfter = OtlpResult.RetryDelay.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        }

        var body = isJson ? CreateJson(result)
            : result.Outcome is OtlpOutcome.Accepted ? ProtobufWriter.CreateResponse(result)
            : ProtobufWriter.CreateText(2, result.Message);
        context.Response.ContentType = isJson ? Json : Protobuf;
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    private static byte[] CreateJson(OtlpResult result) => JsonSerializer.SerializeToUtf8Bytes<object>(result switch
    {
        { Outcome: not OtlpOutcome.Accepted } => new { message = result.Message },
        { Rejected: 0 } => new { },
        _ => new
        {
            partialSuccess = new
            {
                rejectedSpans = result.Rejected.ToString(CultureInfo.InvariantCulture),
                errorMessage = result.Message,
            },
        },
    });
}
