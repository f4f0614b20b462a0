using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace Shop.Insights.Spans.Otlp;

/// <summary>
/// The OpenTelemetry protocol over gRPC: the method <c>Export</c> of <c>opentelemetry.proto.collector.trace.v1.TraceService</c>. The sender
/// repeats a call that was refused with UNAVAILABLE, and no other.
/// </summary>
/// <remarks>
/// The message of a call is read as the body of a request over HTTP is, so that both have the same limits of size, time and concurrency.
/// A gRPC server would read and decompress the message before any code of this service runs.
/// </remarks>
internal static class OtlpGrpc
{
    private const string ContentType = "application/grpc";
    private const string MessageEncoding = "grpc-encoding";
    private const string AcceptedEncodings = "grpc-accept-encoding";
    private const string StatusTrailer = "grpc-status";
    private const string MessageTrailer = "grpc-message";
    private const string DetailsTrailer = "grpc-status-details-bin";
    private const string Gzip = "gzip";

    // A message has a byte that tells whether it is compressed, and its length in four bytes.
    private const int PrefixBytes = 5;

    /// <summary>Handles a call.</summary>
    public static async Task ReceiveAsync(HttpContext context, SpanReceiver receiver)
    {
        if (!HttpProtocol.IsHttp2(context.Request.Protocol) && !HttpProtocol.IsHttp3(context.Request.Protocol))
        {
            // The status would be lost: it is in the trailers of the response.
            context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            return;
        }

        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type)
            || !(type.MediaType.Equals(ContentType, StringComparison.OrdinalIgnoreCase)
                || type.MediaType.Equals($"{ContentType}+proto", StringComparison.OrdinalIgnoreCase)))
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }

        var result = await receiver.ReceiveAsync(token => ReadMessageAsync(context.Request, token), isJson: false, context.RequestAborted);
        context.Response.ContentType = ContentType;
        if (result.Outcome is not OtlpOutcome.Accepted)
        {
            WriteStatus(context.Response, result);
            return;
        }

        var message = ProtobufWriter.CreateResponse(result);
        var response = new byte[PrefixBytes + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(response.AsSpan(1), message.Length);
        message.CopyTo(response, PrefixBytes);
        await context.Response.Body.WriteAsync(response, context.RequestAborted);
        context.Response.AppendTrailer(StatusTrailer, "0");
    }

    private static async Task<ReadOnlyMemory<byte>> ReadMessageAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var body = await OtlpBodyReader.ReadAsync(request.Body, isCompressed: false, PrefixBytes, cancellationToken);
        if (body.Length < PrefixBytes
            || BinaryPrimitives.ReadUInt32BigEndian(body.Span[1..]) != body.Length - PrefixBytes
            || body.Span[0] > 1)
        {
            throw new InvalidDataException("A call must have one message, with its length.");
        }

        var message = body[PrefixBytes..];
        if (body.Span[0] == 0)
        {
            return message;
        }

        if (!Gzip.Equals(request.Headers[MessageEncoding], StringComparison.OrdinalIgnoreCase))
        {
            throw new OtlpEncodingException($"A message must not be compressed, or with {Gzip}.");
        }

        using var compressed = new MemoryStream(message.ToArray(), writable: false);
        return await OtlpBodyReader.ReadAsync(compressed, isCompressed: true, prefixBytes: 0, cancellationToken);
    }

    // A response without a message has the status in its headers.
    private static void WriteStatus(HttpResponse response, OtlpResult result)
    {
        var status = result.Outcome switch
        {
            OtlpOutcome.Invalid => 3, // INVALID_ARGUMENT
            OtlpOutcome.TooLarge => 8, // RESOURCE_EXHAUSTED, which the sender repeats only if the details tell when
            OtlpOutcome.Unsupported => 12, // UNIMPLEMENTED
            _ => 14, // UNAVAILABLE
        };
        response.Headers[StatusTrailer] = status.ToString(CultureInfo.InvariantCulture);
        response.Headers[MessageTrailer] = Uri.EscapeDataString(result.Message ?? "");
        if (result.Outcome is OtlpOutcome.Unsupported)
        {
            response.Headers[AcceptedEncodings] = $"identity,{Gzip}";
        }

        if (result.Outcome is OtlpOutcome.Unavailable)
        {
            response.Headers[DetailsTrailer] = Convert.ToBase64String(CreateRetryInfo(status, result.Message)).TrimEnd('=');
        }
    }

    private static byte[] CreateRetryInfo(int status, string? message) =>
    [
        // google.rpc.Status { code = 1, message = 2, details = 3 }
        .. ProtobufWriter.CreateNumber(1, status),
        .. ProtobufWriter.CreateText(2, message),
        .. ProtobufWriter.CreateMessage(
            3,
            [
                // google.protobuf.Any { type_url = 1, value = 2 } of google.rpc.RetryInfo { retry_delay = 1 { seconds = 1 } }
                .. ProtobufWriter.CreateText(1, "type.googleapis.com/google.rpc.RetryInfo"),
                .. ProtobufWriter.CreateMessage(
                    2, ProtobufWriter.CreateMessage(1, ProtobufWriter.CreateNumber(1, (int)OtlpResult.RetryDelay.TotalSeconds))),
            ]),
    ];
}

/// <summary>A message has an encoding that is not supported.</summary>
internal sealed class OtlpEncodingException(string message) : Exception(message);
