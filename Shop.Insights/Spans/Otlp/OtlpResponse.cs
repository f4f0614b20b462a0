using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Shop.Insights.Spans.Otlp;

/// <summary>
/// A response of the OpenTelemetry protocol, in the encoding of the request: an <c>ExportTraceServiceResponse</c>, or a <c>Status</c> with
/// a message.
/// </summary>
internal static class OtlpResponse
{
    public const string Protobuf = "application/x-protobuf";
    public const string Json = "application/json";

    private const int RetryAfterSeconds = 2;

    /// <summary>Writes that spans were accepted, and how many of them were rejected.</summary>
    public static Task WriteAcceptedAsync(HttpContext context, bool isJson, int rejected, string? reason)
    {
        if (isJson)
        {
            return WriteAsync(context, isJson, JsonSerializer.SerializeToUtf8Bytes<object>(rejected == 0
                ? new { }
                : new
                {
                    partialSuccess = new
                    {
                        rejectedSpans = rejected.ToString(CultureInfo.InvariantCulture),
                        errorMessage = reason,
                    },
                }));
        }

        // partial_success = 1 { rejected_spans = 1, error_message = 2 }
        return WriteAsync(
            context, isJson, rejected == 0 ? [] : CreateField(1, [0x08, .. CreateVarint(rejected), .. CreateText(2, reason)]));
    }

    /// <summary>Writes why a request was refused.</summary>
    /// <param name="context">The request.</param>
    /// <param name="isJson">Whether the request is JSON.</param>
    /// <param name="status">The status code. The sender repeats the request after some seconds if it is 503.</param>
    /// <param name="message">The reason.</param>
    public static Task WriteRefusedAsync(HttpContext context, bool isJson, int status, string message)
    {
        context.Response.StatusCode = status;
        if (status == StatusCodes.Status503ServiceUnavailable)
        {
            context.Response.Headers.RetryAfter = RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        }

        return WriteAsync(context, isJson, isJson ? JsonSerializer.SerializeToUtf8Bytes(new { message }) : CreateText(2, message));
    }

    private static Task WriteAsync(HttpContext context, bool isJson, byte[] body)
    {
        context.Response.ContentType = isJson ? Json : Protobuf;
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    private static byte[] CreateText(int field, string? text) => CreateField(field, Encoding.UTF8.GetBytes(text ?? ""));

    private static byte[] CreateField(int field, byte[] content) =>
        [(byte)((field << 3) | 2), .. CreateVarint(content.Length), .. content];

    private static byte[] CreateVarint(int number)
    {
        var bytes = new List<byte>();
        for (; number >= 0x80; number >>= 7)
        {
            bytes.Add((byte)(number | 0x80));
        }

        bytes.Add((byte)number);
        return [.. bytes];
    }
}
