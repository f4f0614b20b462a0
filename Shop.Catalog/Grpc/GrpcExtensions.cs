using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Shop.Web.Authentication;

namespace Shop.Catalog.Grpc;

internal static class GrpcExtensions
{
    private const string EndpointName = "grpc";

    // More than ten times the size of the largest valid request.
    private const int MaxMessageSize = 64 * 1024;

    /// <summary>Adds the gRPC services for other services of the shop.</summary>
    public static void AddGrpcServices(this IHostApplicationBuilder builder)
    {
        builder.Services.AddGrpc(options =>
        {
            options.MaxReceiveMessageSize = MaxMessageSize;
            options.Interceptors.Add<ExceptionInterceptor>();
        });

        // Without TLS, an endpoint has one version of HTTP. Wherever the service is hosted, only the address of this one is configured.
        builder.Services.PostConfigure<KestrelServerOptions>(kestrel => kestrel.ConfigurationLoader?.Endpoint(
            EndpointName, endpoint => endpoint.ListenOptions.Protocols = HttpProtocols.Http2));
    }

    // A call has the deadline of its caller, and a stream may last.
    // gRPC rejects a message that is too large with RESOURCE_EXHAUSTED. The server's request size limit would reset the stream instead.
    public static void MapGrpcServices(this IEndpointRouteBuilder routes) => routes.MapGrpcService<CatalogService>()
        .WithMetadata(new DisableRequestSizeLimitAttribute())
        .DisableRequestTimeout()
        .RequireAuthorization(AuthorizationPolicies.Service);
}
