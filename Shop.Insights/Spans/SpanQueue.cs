using System.Threading.Channels;
using Microsoft.Extensions.Options;

namespace Shop.Insights.Spans;

/// <summary>The spans that wait to be stored. Their number is limited, so that a database that is away does not fill the memory.</summary>
internal sealed class SpanQueue(IOptions<SpanOptions> options)
{
    private readonly Channel<IReadOnlyList<StoredSpan>> _batches = Channel.CreateUnbounded<IReadOnlyList<StoredSpan>>();
    private int _count;

    /// <summary>Gets the number of spans that are not stored yet.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Adds all spans of a request, or none if the queue is full.</summary>
    public bool TryAdd(IReadOnlyList<StoredSpan> spans)
    {
        if (Interlocked.Add(ref _count, spans.Count) > options.Value.QueueCapacity)
        {
            Release(spans.Count);
            return false;
        }

        _batches.Writer.TryWrite(spans);
        return true;
    }

    /// <summary>Waits for spans.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _batches.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Takes spans. They have their place in the queue until they are released.</summary>
    /// <param name="max">The number after which no further request is added.</param>
    public List<StoredSpan> Take(int max)
    {
        var spans = new List<StoredSpan>();
        while (spans.Count < max && _batches.Reader.TryRead(out var batch))
        {
            spans.AddRange(batch);
        }

        return spans;
    }

    /// <summary>Gives the places of spans to others, because they are stored.</summary>
    public void Release(int count) => Interlocked.Add(ref _count, -count);
}
