using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using RichStatus = Google.Rpc.Status;

namespace Shop.Catalog.Grpc;

/// <summary>gRPC errors with details in the messages of google.rpc, which clients in any language can read.</summary>
internal static class RpcErrors
{
    public static RpcException InvalidArgument(BadRequest details) =>
        Create(Code.InvalidArgument, "Invalid request. See the details for the fields.", details);

    public static RpcException NotFound(string resourceType, string resourceName) => Create(
        Code.NotFound,
        $"The {resourceType} '{resourceName}' does not exist.",
        new ResourceInfo { ResourceType = resourceType, ResourceName = resourceName });

    public static RpcException Unavailable(TimeSpan retryDelay) => Create(
        Code.Unavailable,
        "A dependency is unavailable. Retry later.",
        new RetryInfo { RetryDelay = Duration.FromTimeSpan(retryDelay) });

    /// <summary>
    /// Another transaction holds a lock. Clients do not retry it within their deadline, where they would wait for the same lock again.
    /// </summary>
    public static RpcException Locked(TimeSpan retryDelay) => Create(
        Code.Aborted,
        "Another transaction has locked the data. Retry later.",
        new RetryInfo { RetryDelay = Duration.FromTimeSpan(retryDelay) });

    private static RpcException Create(Code code, string message, IMessage details) =>
        new RichStatus { Code = (int)code, Message = message, Details = { Any.Pack(details) } }.ToRpcException();
}
