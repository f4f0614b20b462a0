using RabbitMQ.Client;
using Shop.Messaging.ErrorQueues;

namespace Shop.Tests.Unit.Messaging;

public class ErrorQueueMessageTests
{
    private static readonly DateTimeOffset _failedAt = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Message_that_the_service_moved_has_the_time_of_the_failure() =>
        Assert.Equal(_failedAt, GetFailedAt(new() { ["error-time"] = "2026-11-22T12:00:00.0000000+00:00" }));

    [Fact]
    public void Message_that_the_broker_moved_has_the_time_of_its_last_death() => Assert.Equal(
        _failedAt,
        GetFailedAt(new()
        {
            ["x-death"] = new List<object?>
            {
                new Dictionary<string, object?> { ["time"] = new AmqpTimestamp(_failedAt.ToUnixTimeSeconds()) },
                new Dictionary<string, object?> { ["time"] = new AmqpTimestamp(_failedAt.AddHours(-1).ToUnixTimeSeconds()) },
            },
        }));

    [Fact]
    public void Message_that_was_published_to_the_error_queue_has_no_time() => Assert.Null(GetFailedAt([]));

    private static DateTimeOffset? GetFailedAt(Dictionary<string, object?> headers) => ErrorQueueMessage.GetFailedAt(
        new(1, redelivered: false, "", "queue", 0, new BasicProperties { Headers = headers }, ReadOnlyMemory<byte>.Empty));
}
