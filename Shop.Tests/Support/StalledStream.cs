namespace Shop.Tests.Support;

/// <summary>The stream of a console whose reader has stalled.</summary>
internal sealed class StalledStream : MemoryStream
{
    private readonly ManualResetEventSlim _resumed = new();

    public long Written { get; private set; }

    public void Resume() => _resumed.Set();

    public void Stall() => _resumed.Reset();

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _resumed.Wait();
        Written += buffer.Length;
    }

    protected override void Dispose(bool disposing)
    {
        _resumed.Set();
        base.Dispose(disposing);
    }
}
