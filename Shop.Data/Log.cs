using Microsoft.Extensions.Logging;

namespace Shop.Data;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "Database {Database} is ready. Applied {Migrations} migrations", EventName = "database.ready")]
    public static partial void DatabaseReady(this ILogger log, string database, int migrations);

    [LoggerMessage(LogLevel.Warning, "The database is unavailable. Retrying", EventName = "database.unavailable")]
    public static partial void DatabaseUnavailable(this ILogger log, Exception exception);
}
