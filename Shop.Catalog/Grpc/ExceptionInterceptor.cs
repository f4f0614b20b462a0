using Grpc.Core;
using Grpc.Core.Interceptors;
using Shop.Data;

namespace Shop.Catalog.Grpc;

/// <summary>
/// Translates exceptions into gRPC statuses. A transient error becomes UNAVAILABLE, which clients retry within their deadline, and a
/// lock that another transaction holds becomes ABORTED, which they do not retry. A call that its client canceled or whose deadline passed
/// is not reported as a failure of this service.
/// </summary>
internal sealed class ExceptionInterceptor : Interceptor
{
    private static readonly TimeSpan _retryDelay = TimeSpan.FromMilliseconds(500);

    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception exception) when (Translate(exception, context) is { } translated)
        {
            throw translated;
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (Exception exception) when (Translate(exception, context) is { } translated)
        {
            throw translated;
        }
    }

    private static RpcException? Translate(Exception exception, ServerCallContext context)
    {
        if (exception is RpcException)
        {
            return null;
        }

        if (context.CancellationToken.IsCancellationRequested)
        {
            return new RpcException(context.Deadline <= DateTime.UtcNow
                ? new Status(StatusCode.DeadlineExceeded, "The deadline was exceeded.")
                : Status.DefaultCancelled);
        }

        return exception switch
        {
            _ when DatabaseErrors.IsLockTimeout(exception) => RpcErrors.Locked(_retryDelay),
            _ when DatabaseErrors.IsTransient(exception) => RpcErrors.Unavailable(_retryDelay),
            _ => null,
        };
    }
}
