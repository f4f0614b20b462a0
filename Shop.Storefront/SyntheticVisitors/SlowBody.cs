namespace Shop.Storefront.SyntheticVisitors;

/// <summary>The body of a request that arrives after some seconds. The span of the call that forwards it takes as long.</summary>
internal sealed class SlowBody(Stream body) : Stream
{
    /// <summary>Longer than a slow request of telemetry, shorter than all timeouts.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromSeconds(3);

    private bool _isDelayed;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_isDelayed)
        {
            _isDelayed = true;
            await Task.Delay(Delay, cancellationToken);
        }

        return await body.ReadAsync(buffer, cancellationToken);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
