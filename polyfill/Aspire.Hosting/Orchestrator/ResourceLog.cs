using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestrator;

/// <summary>What is said in the console log of a resource, beside what its process says.</summary>
internal static partial class ResourceLog
{
    [LoggerMessage(LogLevel.Information, "Waiting for resource '{ResourceName}' to enter the '{State}' state.")]
    public static partial void WaitingForState(this ILogger logger, string resourceName, string state);

    [LoggerMessage(LogLevel.Information, "Waiting for resource '{ResourceName}' to become healthy.")]
    public static partial void WaitingForHealth(this ILogger logger, string resourceName);

    [LoggerMessage(LogLevel.Information, "Waiting for resource ready to execute for '{ResourceName}'.")]
    public static partial void WaitingForReady(this ILogger logger, string resourceName);

    [LoggerMessage(LogLevel.Information, "Waiting for resource '{ResourceName}' to complete.")]
    public static partial void WaitingForCompletion(this ILogger logger, string resourceName);

    [LoggerMessage(LogLevel.Information, "Finished waiting for resource '{ResourceName}'.")]
    public static partial void FinishedWaiting(this ILogger logger, string resourceName);

    [LoggerMessage(LogLevel.Error, "Dependency resource '{ResourceName}' failed to start.")]
    public static partial void DependencyFailedToStart(this ILogger logger, string resourceName);

    [LoggerMessage(LogLevel.Error, "Resource '{ResourceName}' has entered the '{State}' state prematurely.")]
    public static partial void DependencyEndedEarly(this ILogger logger, string resourceName, string state);

    [LoggerMessage(LogLevel.Error, "Resource '{ResourceName}' has entered the '{State}' state with exit code '{ExitCode}' expected '{ExpectedExitCode}'.")]
    public static partial void DependencyFailed(this ILogger logger, string resourceName, string state, int? exitCode, int expectedExitCode);

    [LoggerMessage(LogLevel.Error, "Failed to create resource {ResourceName}")]
    public static partial void FailedToCreate(this ILogger logger, Exception exception, string resourceName);

    [LoggerMessage(LogLevel.Error, "Failed to resolve connection string for resource '{ResourceName}'")]
    public static partial void FailedToResolveConnectionString(this ILogger logger, Exception exception, string resourceName);

    [LoggerMessage(LogLevel.Error, "An error occurred while processing URLs for resource '{ResourceName}'.")]
    public static partial void FailedToProcessUrls(this ILogger logger, Exception exception, string resourceName);

    [LoggerMessage(LogLevel.Warning, "Could not execute callback to customize endpoint URL as no endpoint with name '{EndpointName}' could be found on resource '{ResourceName}'.")]
    public static partial void NoEndpointForUrl(this ILogger logger, string endpointName, string resourceName);

    [LoggerMessage(LogLevel.Error, "Failed to initialize parameter resource {ResourceName}.")]
    public static partial void FailedToInitializeParameter(this ILogger logger, Exception exception, string resourceName);

    [LoggerMessage(LogLevel.Information, "Executing command '{CommandName}'.")]
    public static partial void ExecutingCommand(this ILogger logger, string commandName);

    [LoggerMessage(LogLevel.Information, "Successfully executed command '{CommandName}'.")]
    public static partial void ExecutedCommand(this ILogger logger, string commandName);

    [LoggerMessage(LogLevel.Information, "Failure executing command '{CommandName}'. Error message: {ErrorMessage}")]
    public static partial void CommandFailed(this ILogger logger, string commandName, string? errorMessage);

    [LoggerMessage(LogLevel.Error, "Error executing command '{CommandName}'.")]
    public static partial void CommandThrew(this ILogger logger, Exception exception, string commandName);
}
