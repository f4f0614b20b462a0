using Aspire.Hosting.Orchestrator;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ResourceCommandService</c>.</summary>
public class ResourceCommandService
{
    private readonly ResourceNotificationService _notifications;
    private readonly ResourceLoggerService _loggers;
    private readonly IServiceProvider _services;

    internal ResourceCommandService(ResourceNotificationService notifications, ResourceLoggerService loggers, IServiceProvider services)
    {
        _notifications = notifications;
        _loggers = loggers;
        _services = services;
    }

    public async Task<ExecuteCommandResult> ExecuteCommandAsync(string resourceId, string commandName, CancellationToken cancellationToken = default)
    {
        if (!_notifications.TryGetCurrentState(resourceId, out var resourceEvent))
        {
            return CommandResults.Failure($"Resource '{resourceId}' not found.");
        }

        return await ExecuteAsync(resourceEvent.Resource, resourceEvent.ResourceId, commandName, cancellationToken);
    }

    /// <summary>Executes the command on each replica.</summary>
    public async Task<ExecuteCommandResult> ExecuteCommandAsync(IResource resource, string commandName, CancellationToken cancellationToken = default)
    {
        var ids = resource.GetResolvedResourceNames();
        var results = await Task.WhenAll(ids.Select(id => ExecuteAsync(resource, id, commandName, cancellationToken)));
        if (results.Length == 1)
        {
            return results[0];
        }

        var failures = ids.Zip(results).Where(r => r.Second is { Success: false, Canceled: false }).ToList();

        return failures.Count > 0
            ? CommandResults.Failure(string.Join(Environment.NewLine, failures.Select(f => $"Resource '{f.First}' failed with error message: {f.Second.Message}")))
            : results.Any(r => r.Canceled) ? CommandResults.Canceled() : CommandResults.Success();
    }

    private async Task<ExecuteCommandResult> ExecuteAsync(
        IResource resource, string resourceId, string commandName, CancellationToken cancellationToken)
    {
        var logger = _loggers.GetLogger(resourceId);
        logger.ExecutingCommand(commandName);

        if (resource.Annotations.OfType<ResourceCommandAnnotation>().SingleOrDefault(c => c.Name == commandName) is not { } command)
        {
            return CommandResults.Failure($"Command '{commandName}' not available for resource '{resourceId}'.");
        }

        try
        {
            var result = await command.ExecuteCommand(new()
            {
                ResourceName = resourceId,
                Services = _services,
                CancellationToken = cancellationToken,
                Logger = logger,
            });

            if (result.Success)
            {
                logger.ExecutedCommand(commandName);
            }
            else if (!result.Canceled)
            {
                logger.CommandFailed(commandName, result.Message);
            }

            return result;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return CommandResults.Canceled();
        }
#pragma warning disable CA1031 // A command is anybody's code; the person who pressed the button is told, and the AppHost lives on.
        catch (Exception ex)
        {
            logger.CommandThrew(ex, commandName);

            return CommandResults.Failure("Unhandled exception thrown while executing command.");
        }
#pragma warning restore CA1031
    }
}
