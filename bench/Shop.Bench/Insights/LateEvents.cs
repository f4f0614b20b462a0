using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using RabbitMQ.Client;
using Shop.Visitors.Truth;

namespace Shop.Bench.Insights;

/// <summary>Events that arrive a day late: the messages that wait for Insights, with the times of their events a day earlier.</summary>
internal static partial class LateEvents
{
    private const string Queue = "insights-journey-events";

    private static readonly TimeSpan _delay = TimeSpan.FromDays(1);

    /// <summary>Makes the waiting events a day older, and returns the truth of that day. Insights must not run.</summary>
    public static async Task<RunTruth> DelayAsync(string broker, RunTruth truth, CancellationToken cancellationToken)
    {
        await using var connection = await new ConnectionFactory { Uri = new(broker) }.CreateConnectionAsync(cancellationToken);
        await using var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancellationToken);
        // The services publish within a second after an event, and the last orders end within seconds.
        for (var (count, last) = (await CountAsync(), -1L); count != last; last = count, count = await CountAsync())
        {
            await Task.Delay(TimeSpan.FromSeconds(10), cancellationToken);
        }

        for (var remaining = await CountAsync(); remaining > 0; remaining--)
        {
            var message = await channel.BasicGetAsync(Queue, autoAck: false, cancellationToken)
                ?? throw new InvalidOperationException($"Something else has taken messages of {Queue}.");
            var body = TimePattern().Replace(Encoding.UTF8.GetString(message.Body.Span), match =>
            {
                var time = long.Parse(match.ValueSpan, CultureInfo.InvariantCulture) - (long)_delay.TotalMilliseconds;
                return time.ToString(CultureInfo.InvariantCulture);
            });
            await channel.BasicPublishAsync(
                "", Queue, mandatory: true, new BasicProperties(message.BasicProperties), Encoding.UTF8.GetBytes(body), cancellationToken);
            await channel.BasicAckAsync(message.DeliveryTag, multiple: false, cancellationToken);
        }

        return truth with { StartedAt = truth.StartedAt - _delay, EndedAt = truth.EndedAt - _delay };

        async Task<long> CountAsync() => await channel.MessageCountAsync(Queue, cancellationToken);
    }

    [GeneratedRegex("""(?<="timeUnixMs":)\d+""")]
    private static partial Regex TimePattern();
}
