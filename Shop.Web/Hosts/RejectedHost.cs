using Microsoft.AspNetCore.Http;
using Shop.Web.Problems;

namespace Shop.Web.Hosts;

/// <summary>
/// Answers 400 to a request under a host name that is not accepted. It takes the place of the endpoint that routing found, as the 405 of
/// routing does, so that the request is limited, logged and counted as others are.
/// </summary>
internal static class RejectedHost
{
    private static readonly Endpoint _endpoint = new(
        static context => ProblemResults.Create(StatusCodes.Status400BadRequest, "host_not_allowed", "The host name is not accepted.")
            .ExecuteAsync(context),
        EndpointMetadataCollection.Empty,
        "400 Host not allowed");

    /// <summary>Rejects a request because of its host name.</summary>
    public static void RejectHost(this HttpContext context) => context.SetEndpoint(_endpoint);

    /// <summary>Determines whether a request was rejected because of its host name.</summary>
    public static bool IsHostRejected(this HttpContext context) => context.GetEndpoint() == _endpoint;
}
