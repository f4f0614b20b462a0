using Microsoft.Extensions.Logging;

namespace Shop.AppHost.Infrastructure.Local;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Error, "Creating the databases failed")]
    public static partial void DatabasesNotCreated(ILogger logger, Exception exception);
}
