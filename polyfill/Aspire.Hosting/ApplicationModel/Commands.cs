using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ResourceCommandAnnotation</c>: a button in the dashboard.</summary>
public sealed class ResourceCommandAnnotation : IResourceAnnotation
{
    internal ResourceCommandAnnotation(
        string name, string displayName, Func<ExecuteCommandContext, Task<ExecuteCommandResult>> executeCommand, CommandOptions options)
    {
        Name = name;
        DisplayName = displayName;
        ExecuteCommand = executeCommand;
        Options = options;
    }

    public string Name { get; }

    public string DisplayName { get; }

    public Func<ExecuteCommandContext, Task<ExecuteCommandResult>> ExecuteCommand { get; }

    internal CommandOptions Options { get; }

    internal ResourceCommandSnapshot ToSnapshot(CustomResourceSnapshot resource, IServiceProvider services)
    {
        var context = new UpdateCommandStateContext { ResourceSnapshot = resource, Services = services };

        return new(this, Options.UpdateState?.Invoke(context) ?? ResourceCommandState.Enabled);
    }
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.CommandOptions</c>.</summary>
public class CommandOptions
{
    public string? Description { get; set; }

    public string? ConfirmationMessage { get; set; }

    public string? IconName { get; set; }

    public IconVariant? IconVariant { get; set; }

    public bool IsHighlighted { get; set; }

    public Func<UpdateCommandStateContext, ResourceCommandState>? UpdateState { get; set; }
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.UpdateCommandStateContext</c>.</summary>
public sealed class UpdateCommandStateContext
{
    public required CustomResourceSnapshot ResourceSnapshot { get; init; }

    public required IServiceProvider Services { get; init; }
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ExecuteCommandContext</c>.</summary>
public sealed class ExecuteCommandContext
{
    public required IServiceProvider Services { get; init; }

    public required string ResourceName { get; init; }

    public required CancellationToken CancellationToken { get; init; }

    public required ILogger Logger { get; init; }
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ExecuteCommandResult</c>.</summary>
public sealed class ExecuteCommandResult
{
    public required bool Success { get; init; }

    public bool Canceled { get; init; }

    public string? Message { get; init; }
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.CommandResults</c>.</summary>
public static class CommandResults
{
    public static ExecuteCommandResult Success() => new() { Success = true };

    public static ExecuteCommandResult Success(string message) => new() { Success = true, Message = message };

    public static ExecuteCommandResult Failure(string? errorMessage = null) => new() { Success = false, Message = errorMessage };

    public static ExecuteCommandResult Failure(Exception exception) => Failure(exception.Message);

    public static ExecuteCommandResult Canceled() => new() { Success = false, Canceled = true };
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ResourceCommandState</c>.</summary>
public enum ResourceCommandState
{
    Enabled,
    Disabled,
    Hidden,
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ResourceCommandSnapshot</c>.</summary>
public sealed record ResourceCommandSnapshot
{
    internal ResourceCommandSnapshot(ResourceCommandAnnotation command, ResourceCommandState state)
    {
        Name = command.Name;
        State = state;
        DisplayName = command.DisplayName;
        DisplayDescription = command.Options.Description;
        ConfirmationMessage = command.Options.ConfirmationMessage;
        IconName = command.Options.IconName;
        IconVariant = command.Options.IconVariant;
        IsHighlighted = command.Options.IsHighlighted;
    }

    public string Name { get; }

    public ResourceCommandState State { get; }

    public string DisplayName { get; }

    public string? DisplayDescription { get; }

    public string? ConfirmationMessage { get; }

    public string? IconName { get; }

    public IconVariant? IconVariant { get; }

    public bool IsHighlighted { get; }
}
