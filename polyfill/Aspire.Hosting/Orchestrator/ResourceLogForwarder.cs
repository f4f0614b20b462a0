using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestrator;

/// <summary>Console logs of the resources as logs of the AppHost, category <c>APP.Resources.NAME</c>; on in tests.</summary>
internal sealed partial class ResourceLogForwarder(
    ResourceNotificationService notifications, ResourceLoggerService loggers, IHostEnvironment environment, ILoggerFactory loggerFactory)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var forwarded = new HashSet<string>();
        await foreach (var e in notifications.WatchAsync(stoppingToken))
        {
            if (forwarded.Add(e.ResourceId))
            {
                _ = ForwardAsync(e.ResourceId, loggerFactory.CreateLogger($"{environment.ApplicationName}.Resources.{e.Resource.Name}"), stoppingToken);
            }
        }
    }

    private async Task ForwardAsync(string resourceId, ILogger logger, CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var batch in loggers.WatchAsync(resourceId).WithCancellation(stoppingToken))
            {
                foreach (var line in batch)
                {
                    Forward(logger, line.IsErrorMessage ? LogLevel.Error : LogLevel.Information, line.LineNumber, line.Content);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The application stops.
        }
    }

    [LoggerMessage("{LineNumber}: {LineContent}")]
    private static partial void Forward(ILogger logger, LogLevel level, int lineNumber, string lineContent);
}
