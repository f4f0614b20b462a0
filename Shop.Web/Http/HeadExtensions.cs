using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Microsoft.Extensions.Hosting;

/// <summary>Answers HEAD wherever GET is answered (RFC 9110, section 9.3.2).</summary>
public static class HeadExtensions
{
    /// <summary>
    /// Adds routing, in which HEAD requests match the endpoints of GET. Their response has the headers of GET, Content-Length included,
    /// and no content.
    /// </summary>
    public static void UseRoutingWithHead(this IApplicationBuilder app)
    {
        app.Use(static next => context =>
        {
            if (HttpMethods.IsHead(context.Request.Method))
            {
                context.Request.Method = HttpMethods.Get;
                context.Features.Set(HeadRequest.Instance);
            }

            return next(context);
        });
        app.UseRouting();
        app.Use(static next => context => context.Features.Get<HeadRequest>() is null ? next(context) : HandleAsync(context, next));
    }

    private static async Task HandleAsync(HttpContext context, RequestDelegate next)
    {
        // Only routing sees GET: telemetry and handlers see the method of the request.
        context.Request.Method = HttpMethods.Head;
        var response = context.Response;
        var body = response.Body;
        await using var content = new DiscardedContent();
        response.Body = content;
        try
        {
            await next(context);
            await response.CompleteAsync();
        }
        finally
        {
            response.Body = body;
        }

        if (!response.HasStarted && response.StatusCode is not (StatusCodes.Status204NoContent or StatusCodes.Status304NotModified))
        {
            response.ContentLength ??= content.Length;
        }
    }

    private sealed class HeadRequest
    {
        public static HeadRequest Instance { get; } = new();
    }

    /// <summary>Counts what is written to it.</summary>
    private sealed class DiscardedContent : Stream
    {
        private long _length;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => _length;

        public override long Position
        {
            get => _length;
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => _length += count;

        public override void Write(ReadOnlySpan<byte> buffer) => _length += buffer.Length;

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            _length += count;
            return Task.CompletedTask;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _length += buffer.Length;
            return ValueTask.CompletedTask;
        }
    }
}
