using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Shop.Storefront.SyntheticVisitors;

/// <summary>Does for the reverse proxy what <see cref="FaultHandler"/> does for the clients of the pages.</summary>
internal sealed class FaultTransforms(FaultyServers servers) : ITransformProvider
{
    public void ValidateRoute(TransformRouteValidationContext context)
    {
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
    }

    public void Apply(TransformBuilderContext context) => context.AddRequestTransform(request =>
    {
        if (request.HttpContext.Items[typeof(Fault)] is Fault fault
            && fault.Redirect(new Uri(request.DestinationPrefix), servers) is { } other)
        {
            // Not that of the caller, which is the host of no server with faults.
            request.ProxyRequest.Headers.Host = null;
            request.ProxyRequest.RequestUri = RequestUtilities.MakeDestinationAddress(
                other.GetLeftPart(UriPartial.Authority), request.Path, request.Query.QueryString);
        }

        return ValueTask.CompletedTask;
    });
}
