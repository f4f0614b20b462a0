using System.Data.Common;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Shop.Catalog.Calls;

/// <summary>
/// What goes wrong during a call, in the caller's terms: trouble that passes is UNAVAILABLE, which clients try again within their
/// deadline, and a call that its caller has given up is no failure of ours.
/// </summary>
internal sealed class CallTrouble : Interceptor
{
    private static readonly TimeSpan _moment = TimeSpan.FromMilliseconds(500);

    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception exception) when (Translate(exception, context) is { } told)
        {
            throw told;
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (Exception exception) when (Translate(exception, context) is { } told)
        {
            throw told;
        }
    }

    private static RpcException? Translate(Exception exception, ServerCallContext context)
    {
        if (exception is RpcException)
            return null;
        if (context.CancellationToken.IsCancellationRequested)
            return new RpcException(context.Deadline <= DateTime.UtcNow ? new Status(StatusCode.DeadlineExceeded, "Too late.") : Status.DefaultCancelled);

        // The provider wraps what happened to it, once or twice.
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is TimeoutException or DbException { IsTransient: true })
                return CallRefusal.Later(_moment);
        }

        return null;
    }
}
