using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Shop.Telemetry.Metrics;

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
    public static string? Read(HttpContext context)
    {
        if (context.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) != true)
        {
            return null;
        }

        // A response without a message has its status in the headers, and every other one in the trailers.
        var text = (string?)context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers[Header] ?? context.Response.Headers[Header];
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code < _names.Length
            ? _names[code]
            : "UNKNOWN"; // what a client reports for a response without a status
    }

    /// <summary>Determines whether the semantic conventions for gRPC count a status as an error of the server.</summary>
    public static bool IsServerError(string? status) =>
        status is "UNKNOWN" or "DEADLINE_EXCEEDED" or "UNIMPLEMENTED" or "INTERNAL" or "UNAVAILABLE" or "DATA_LOSS";
}
