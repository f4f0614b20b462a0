using Microsoft.Extensions.Time.Testing;
using Shop.Messaging;

namespace Shop.Tests.Unit.Messaging;

public class HandlerPartitionsTests
{
    private static readonly TimeSpan _maxWait = TimeSpan.FromSeconds(15);
    private static readonly Guid _key = new("00000001-0000-0000-0000-000000000000");

    private readonly FakeTimeProvider _time = new();
    private readonly HandlerPartitions _partitions;

    public HandlerPartitionsTests() => _partitions = new(_maxWait, _time);

    [Fact]
    public async Task Message_waits_until_the_one_with_the_same_key_is_handled()
    {
        var first = await _partitions.EnterAsync(_key, default);
        var second = _partitions.EnterAsync(_key, default);
        (await _partitions.EnterAsync(Guid.Empty, default)).Dispose();
        Assert.False(second.IsCompleted);

        first.Dispose();
        (await second).Dispose();
    }

    [Fact]
    public async Task Wait_for_a_partition_is_limited_and_leaves_the_partition_usable()
    {
        var hanging = await _partitions.EnterAsync(_key, default);
        var waiting = _partitions.EnterAsync(_key, default);
        _time.Advance(_maxWait);

        await Assert.ThrowsAsync<HandlerTimeoutException>(() => waiting);
        hanging.Dispose();
        (await _partitions.EnterAsync(_key, default)).Dispose();
    }

    [Fact]
    public async Task Shutdown_cancels_the_wait_for_a_partition()
    {
        using var stopping = new CancellationTokenSource();
        using var handled = await _partitions.EnterAsync(_key, default);
        var waiting = _partitions.EnterAsync(_key, stopping.Token);
        await stopping.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }
}
