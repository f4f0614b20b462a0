using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Shop.ServiceDefaults.Logging;

internal static class LoggingExtensions
{
    /// <summary>Log records leave with their trace and span id, their scopes, their named values and the sentence made of them.</summary>
    public static void AddLogging(this IHostApplicationBuilder builder) => builder.Logging.AddOpenTelemetry(logging =>
    {
        logging.IncludeFormattedMessage = true;
        logging.IncludeScopes = true;
    });
}
