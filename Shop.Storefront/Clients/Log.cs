namespace Shop.Storefront.Clients;

internal static partial class Log
{
    [LoggerMessage(EventName = "service.unavailable", Level = LogLevel.Warning, Message = "Service {Service} did not respond to a page")]
    public static partial void ServiceUnavailable(this ILogger log, string service, Exception exception);
}
