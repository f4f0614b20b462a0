using System.Text;
using Shop.Messaging.JourneyEvents;

namespace Shop.Tests.Integration.Support;

/// <summary>A consumer of journey events with a queue of its own, as a service would have it. It may be away while events arrive.</summary>
internal sealed class JourneyEventConsumer(ShopApp shop, string queue)
{
    private readonly List<JourneyEventRecord> _events = [];

    /// <summary>Every event so far in the order of arrival, also those that arrived twice.</summary>
    public IReadOnlyList<JourneyEventRecord> Events => _events;

    /// <summary>The messages so far.</summary>
    public List<string> Messages { get; } = [];

    public static async Task<JourneyEventConsumer> BindAsync(ShopApp shop)
    {
        await using var broker = await BrokerClient.OpenAsync(shop);
        return new(shop, await broker.DurableCopyOfAsync(JourneyEventExchange.Name));
    }

    /// <summary>Takes the messages of the queue until the events of a session satisfy a condition, and returns them once each.</summary>
    public async Task<IReadOnlyList<JourneyEventRecord>> ReadAsync(
        string sessionId, Func<IReadOnlyList<JourneyEventRecord>, bool> reached)
    {
        await using var broker = await BrokerClient.OpenAsync(shop);
        return await Eventually.ReadAsync(
            async () =>
            {
                while (await broker.TakeAsync(queue) is { } message)
                {
                    Messages.Add(message);
                    _events.AddRange(JourneyEventRecord.ParseBatch(Encoding.UTF8.GetBytes(message)));
                }

                return OfSession(sessionId);
            },
            reached);
    }

    /// <summary>Returns the events of a session without duplicates, in the order of arrival.</summary>
    public IReadOnlyList<JourneyEventRecord> OfSession(string sessionId) =>
    [
        .. _events.DistinctBy(item => item.EventId)
            .Where(item => item.Attributes.TryGetValue("session.id", out var id) && id.GetString() == sessionId),
    ];
}
