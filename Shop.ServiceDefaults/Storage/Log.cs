using Microsoft.Extensions.Logging;

namespace Shop.ServiceDefaults.Storage;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "Database {Database} is ready; {Migrations} migrations were applied", EventName = "storage.ready")]
    public static partial void StorageReady(this ILogger log, string database, int migrations);

    [LoggerMessage(LogLevel.Warning, "The database is not reachable yet; trying again", EventName = "storage.awaited")]
    public static partial void StorageAwaited(this ILogger log, Exception exception);
}
