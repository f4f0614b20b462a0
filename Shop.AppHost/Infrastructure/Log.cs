using Microsoft.Extensions.Logging;

namespace Shop.AppHost.Infrastructure;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Error, "Creating {Resource} failed")]
    public static partial void NotCreated(ILogger logger, string resource, Exception exception);
}
