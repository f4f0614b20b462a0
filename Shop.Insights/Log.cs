namespace Shop.Insights;

/// <summary>The log messages of this service.</summary>
internal static partial class Log
{
    [LoggerMessage(LogLevel.Warning, "The identity provider is unavailable", EventName = "identity_provider.unavailable")]
    public static partial void ProviderUnavailable(this ILogger log, Exception exception);

    [LoggerMessage(LogLevel.Warning, "A sign-in failed", EventName = "sign_in.failed")]
    public static partial void SignInFailed(this ILogger log, Exception? exception);

    [LoggerMessage(LogLevel.Information, "Journey events are stored as they arrive", EventName = "journey_event_storage.available")]
    public static partial void EventsStored(this ILogger log);

    [LoggerMessage(
        LogLevel.Warning,
        "Journey events are not stored at the moment; RabbitMQ keeps them until they are",
        EventName = "journey_event_storage.unavailable")]
    public static partial void EventsNotStored(this ILogger log, Exception exception);

    [LoggerMessage(
        LogLevel.Error,
        "A message of {Bytes} bytes is not a batch of journey events and was moved to the queue {Queue}",
        EventName = "journey_event_message.unreadable")]
    public static partial void MessageUnreadable(this ILogger log, string queue, int bytes, Exception exception);

    [LoggerMessage(
        LogLevel.Information, "The {Table} of {Day} were deleted: the retention time has passed", EventName = "partition.dropped")]
    public static partial void DayDropped(this ILogger log, string table, DateOnly day);

    [LoggerMessage(
        LogLevel.Warning, "Creating and dropping the partitions of days failed and will be retried", EventName = "partitions.failed")]
    public static partial void RetentionFailed(this ILogger log, Exception exception);

    [LoggerMessage(LogLevel.Information, "Spans are stored as they arrive", EventName = "span_storage.available")]
    public static partial void SpansStored(this ILogger log);

    [LoggerMessage(
        LogLevel.Warning,
        "Spans are not stored at the moment; further ones are refused when the queue is full",
        EventName = "span_storage.unavailable")]
    public static partial void SpansNotStored(this ILogger log, Exception exception);

    [LoggerMessage(LogLevel.Error, "{Count} spans could not be stored and are lost", EventName = "spans.lost")]
    public static partial void SpansLost(this ILogger log, int count, Exception? exception);

    [LoggerMessage(LogLevel.Warning, "Counting the calls between services failed and will be retried", EventName = "call_metrics.failed")]
    public static partial void CallMetricsFailed(this ILogger log, Exception exception);

    [LoggerMessage(
        LogLevel.Error, "{Count} calls between services could not be counted and are missing in the metrics", EventName = "calls.dropped")]
    public static partial void CallsDropped(this ILogger log, int count, Exception exception);

    [LoggerMessage(LogLevel.Warning, "The alert {Rule} for {Subject} is firing: {Explanation}", EventName = "alert.firing")]
    public static partial void AlertFiring(this ILogger log, string rule, string subject, string explanation);

    [LoggerMessage(LogLevel.Information, "The alert {Rule} for {Subject} is resolved", EventName = "alert.resolved")]
    public static partial void AlertResolved(this ILogger log, string rule, string subject);

    [LoggerMessage(LogLevel.Warning, "Evaluating alerts failed and will be retried", EventName = "alert_evaluation.failed")]
    public static partial void AlertEvaluationFailed(this ILogger log, Exception exception);

    [LoggerMessage(
        LogLevel.Warning, "What is usual for {Route} could not be computed and is later", EventName = "alert_baseline.failed")]
    public static partial void BaselineFailed(this ILogger log, string route, Exception exception);

    [LoggerMessage(
        LogLevel.Warning,
        "Attempt {Attempt} to send {Channel} that the alert {Rule} is {State} failed: {Reason}",
        EventName = "alert_notification.failed")]
    public static partial void NotificationFailed(
        this ILogger log, string channel, string state, string rule, int attempt, string reason);

    [LoggerMessage(LogLevel.Warning, "Sending alerts failed and will be retried", EventName = "alert_notifications.failed")]
    public static partial void NotificationsFailed(this ILogger log, Exception exception);

    [LoggerMessage(LogLevel.Warning, "Comparing the counts of events failed and will be retried", EventName = "reconciliation.failed")]
    public static partial void ReconciliationFailed(this ILogger log, Exception exception);

    [LoggerMessage(LogLevel.Warning, "Checking the ids of events failed and will be retried", EventName = "id_check.failed")]
    public static partial void IdCheckFailed(this ILogger log, Exception exception);

    [LoggerMessage(
        LogLevel.Warning, "Creating the blocks of sessions failed and will be retried", EventName = "session_blocks.failed")]
    public static partial void SessionBlocksFailed(this ILogger log, Exception exception);

    [LoggerMessage(
        LogLevel.Warning, "Creating the block of sessions of {Hour} failed and will be retried", EventName = "session_block.failed")]
    public static partial void SessionBlockFailed(this ILogger log, DateTime hour, Exception exception);

    [LoggerMessage(
        LogLevel.Information, "{Route} was accepted as the critical route {Name}", EventName = "critical_route.accepted")]
    public static partial void CriticalRouteAccepted(this ILogger log, string name, string route);

    [LoggerMessage(
        LogLevel.Information, "The critical route {Name} was withdrawn: {Route}", EventName = "critical_route.withdrawn")]
    public static partial void CriticalRouteWithdrawn(this ILogger log, string name, string route);
}
