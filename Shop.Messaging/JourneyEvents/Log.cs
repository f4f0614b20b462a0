using Microsoft.Extensions.Logging;

namespace Shop.Messaging.JourneyEvents;

internal static partial class Log
{
    [LoggerMessage(
        LogLevel.Warning,
        "Publishing journey events failed; they are kept until the broker is available: {Reason}",
        EventName = "journey_events.not_published")]
    public static partial void EventsNotPublished(this ILogger log, string reason);

    [LoggerMessage(LogLevel.Information, "Journey events are published again", EventName = "journey_events.published_again")]
    public static partial void EventsPublishedAgain(this ILogger log);

    [LoggerMessage(
        LogLevel.Information,
        "Publishing {Count} files of journey events of processes that have ended",
        EventName = "journey_events.spill_found")]
    public static partial void SpilledEventsFound(this ILogger log, int count);

    [LoggerMessage(
        LogLevel.Error,
        "Journey events are lost: the queue of {Capacity} events was full for {Timeout}",
        EventName = "journey_events.queue_full")]
    public static partial void QueueFull(this ILogger log, int capacity, TimeSpan timeout);

    [LoggerMessage(
        LogLevel.Error, "A journey event is lost, because the service has stopped", EventName = "journey_events.emitted_after_shutdown")]
    public static partial void EventAfterShutdown(this ILogger log);

    [LoggerMessage(
        LogLevel.Warning,
        "The queue of journey events has space again, after {Count} events were lost",
        EventName = "journey_events.queue_has_space")]
    public static partial void QueueHasSpace(this ILogger log, long count);

    [LoggerMessage(
        LogLevel.Error, "{Count} journey events were lost when the service stopped", EventName = "journey_events.lost_at_shutdown")]
    public static partial void EventsLostAtShutdown(this ILogger log, int count);

    [LoggerMessage(
        LogLevel.Error,
        "Journey events cannot be written to {Path}: the disk failed, or the limit of {MaxMegabytes} MB is reached",
        EventName = "journey_events.spill_failed")]
    public static partial void SpillFailed(this ILogger log, string path, int maxMegabytes);

    [LoggerMessage(LogLevel.Error, "Journey events cannot be written to {Path}", EventName = "journey_events.spill_unavailable")]
    public static partial void SpillUnavailable(this ILogger log, string path, Exception exception);

    [LoggerMessage(
        LogLevel.Error,
        "The file {Path} of journey events cannot be read and is kept; the service tries again if the file could not be opened",
        EventName = "journey_events.file_unreadable")]
    public static partial void SpilledFileUnreadable(this ILogger log, string path);

    [LoggerMessage(
        LogLevel.Warning,
        "The file {Path} of published journey events could not be deleted: they will be published again",
        EventName = "journey_events.file_not_deleted")]
    public static partial void SpilledFileNotDeleted(this ILogger log, string path);
}
