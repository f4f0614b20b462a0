using Microsoft.Extensions.Caching.Memory;

namespace Shop.Insights.Funnels.Blocks;

/// <summary>Keeps blocks in memory for the next query, which is mostly about the same days.</summary>
internal sealed class SessionBlockCache : IDisposable
{
    // About 25 million events of 2.5 million sessions. The least recently used blocks make room for others.
    private const long MaxBytes = 256 * 1024 * 1024;

    private static readonly TimeSpan _unusedAfter = TimeSpan.FromMinutes(10);

    private readonly MemoryCache _blocks = new(new MemoryCacheOptions { SizeLimit = MaxBytes });

    /// <summary>Returns a block, or null.</summary>
    /// <param name="hour">The hour.</param>
    /// <param name="version">
    /// The transaction that stored the block (<c>xmin</c>): that of an hour with late events is another.
    /// </param>
    public SessionBlock? Find(DateTime hour, uint version) => _blocks.Get<SessionBlock>((hour, version));

    /// <summary>Keeps a block until it has not been read for 10 minutes.</summary>
    /// <param name="hour">The hour.</param>
    /// <param name="version">The transaction that stored the block.</param>
    /// <param name="block">The block.</param>
    public void Add(DateTime hour, uint version, SessionBlock block) =>
        _blocks.Set((hour, version), block, new MemoryCacheEntryOptions { Size = block.Size, SlidingExpiration = _unusedAfter });

    /// <inheritdoc />
    public void Dispose() => _blocks.Dispose();
}
