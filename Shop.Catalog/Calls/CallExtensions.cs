using Microsoft.AspNetCore.Mvc;

namespace Shop.Catalog.Calls;

internal static class CallExtensions
{
    // The longest that makes sense, a full order, has less than a tenth of this.
    private const int LongestMessage = 64 * 1024;

    /// <summary>What the other services ask over gRPC.</summary>
    public static void AddCatalogCalls(this IHostApplicationBuilder builder) => builder.Services.AddGrpc(calls =>
    {
        calls.MaxReceiveMessageSize = LongestMessage;
        calls.Interceptors.Add<CallTrouble>();
    });

    // gRPC has a limit of its own, and a status for it (RESOURCE_EXHAUSTED). The server's, for a request, would break the stream off without one.
    public static void MapCatalogCalls(this IEndpointRouteBuilder routes) =>
        routes.MapGrpcService<CatalogCalls>().WithMetadata(new DisableRequestSizeLimitAttribute());
}
