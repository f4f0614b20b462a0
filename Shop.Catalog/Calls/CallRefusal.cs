using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using RichStatus = Google.Rpc.Status;

namespace Shop.Catalog.Calls;

/// <summary>How a call says no: in google.rpc's own words, so that every gRPC client in any language can tell what was wrong with which field.</summary>
internal sealed class CallRefusal
{
    private readonly BadRequest _request = new();

    /// <exception cref="RpcException">INVALID_ARGUMENT with every field that is not as it must be.</exception>
    public static void Check(Action<CallRefusal> check)
    {
        var bad = new CallRefusal();
        check(bad);
        if (bad._request.FieldViolations.Count > 0)
            throw Status(Code.InvalidArgument, "The request makes no sense; the details name each field.", Any.Pack(bad._request));
    }

    public void Unless(bool good, string field, string description)
    {
        if (!good)
            _request.FieldViolations.Add(new BadRequest.Types.FieldViolation { Field = field, Description = description });
    }

    public static RpcException Unknown(string kind, string name) => Status(
        Code.NotFound, $"There is no {kind} {name}.", Any.Pack(new ResourceInfo { ResourceType = kind, ResourceName = name }));

    public static RpcException Later(TimeSpan delay) => Status(
        Code.Unavailable, "Something that this needs is away. Try again in a moment.", Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(delay) }));

    private static RpcException Status(Code code, string message, Any detail) =>
        new RichStatus { Code = (int)code, Message = message, Details = { detail } }.ToRpcException();
}
