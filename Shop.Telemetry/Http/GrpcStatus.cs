using System.Globalization;
using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Shop.Telemetry.Http;

/// <summary>The status of a gRPC call. Its HTTP status code is 200 even when the call fails.</summary>
internal static class GrpcStatus
{
    private const string Header = "grpc-status";

    private static readonly string[] _names =
    [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
        "UNAUTHENTICATED",
    ];

    /// <summary>Returns the name of the status of a completed gRPC call, such as <c>NOT_FOUND</c>; null for any other request.</summary>
    /// <remarks>
    /// A call is a request for a gRPC method, or one that gRPC answered. The content type alone proves nothing, since any caller can send
    /// it.
    /// </remarks>
    public static string? Read(HttpContext context)
    {
        if (context.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) != true)
        {
            return null;
        }

        // A response without a message has its status in the headers, and every other one in the trailers.
        var text = (string?)context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers[Header] ?? context.Response.Headers[Header];
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code < _names.Length)
        {
            return _names[code];
        }

        return context.GetMatchedEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>() is null ? null
            : context.RequestAborted.IsCancellationRequested ? "CANCELLED"
            : FromHttp(context.Response.StatusCode);
    }

    /// <summary>
    /// Determines whether a call is a failure of the server. One that was rejected before it reached gRPC, with a 4xx status code, is not.
    /// </summary>
    public static bool IsServerError(HttpContext context, string? status) =>
        context.Response.StatusCode is < 400 or >= 500 && IsServerError(status);

    /// <summary>Determines whether the semantic conventions for gRPC count a status as an error of the server.</summary>
    public static bool IsServerError(string? status) =>
        status is "UNKNOWN" or "DEADLINE_EXCEEDED" or "UNIMPLEMENTED" or "INTERNAL" or "UNAVAILABLE" or "DATA_LOSS";

    // What a client reports for a response without a status: https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md
    private static string FromHttp(int statusCode) => statusCode switch
    {
        StatusCodes.Status400BadRequest => "INTERNAL",
        StatusCodes.Status401Unauthorized => "UNAUTHENTICATED",
        StatusCodes.Status403Forbidden => "PERMISSION_DENIED",
        StatusCodes.Status404NotFound => "UNIMPLEMENTED",
        StatusCodes.Status429TooManyRequests => "UNAVAILABLE",
        StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout => "UNAVAILABLE",
        _ => "UNKNOWN",
    };
}
