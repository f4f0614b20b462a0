using System.Data.Common;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Shop.Catalog.Grpc;

/// <summary>
/// Translates exceptions into gRPC statuses. A transient error becomes UNAVAILABLE, which clients retry within their deadline. A call
/// that its client canceled or whose deadline passed is not reported as a failure of this service.
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

        // EF Core wraps the exception of the database provider, up to two times.
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            // 25006, read_only_sql_transaction: after a failover, until the connections lead to the new primary.
            if (cause is TimeoutException or DbException { IsTransient: true } or DbException { SqlState: "25006" })
            {
                return RpcErrors.Unavailable(_retryDelay);
            }
        }

        return null;
    }
}
