using Microsoft.Extensions.Logging;

namespace Shop.AppHost.Infrastructure.Local;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Error, "The databases could not be created")]
    public static partial void DatabasesNotCreated(ILogger logger, Exception exception);
}
