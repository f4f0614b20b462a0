using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Orchestrator;

/// <summary>Start, stop and restart, as buttons of each process.</summary>
internal static class LifecycleCommands
{
    public static void AddTo(IResource resource, ResourceStarter starter)
    {
        if (resource.HasAnnotationOfType<ExcludeLifecycleCommandsAnnotation>())
        {
            return;
        }

        resource.Annotations.Add(new ResourceCommandAnnotation(
            KnownResourceCommands.StartCommand,
            "Start",
            async context =>
            {
                await starter.StartInstanceAsync(context.ResourceName, context.CancellationToken);
                return CommandResults.Success();
            },
            new()
            {
                Description = "Start resource",
                IconName = "Play",
                IconVariant = IconVariant.Filled,
                IsHighlighted = true,
                UpdateState = context => context.ResourceSnapshot.State?.Text switch
                {
                    null or "" or "Starting" or "RuntimeUnhealthy" => ResourceCommandState.Disabled,
                    "Waiting" => ResourceCommandState.Enabled,
                    var state when HasStopped(state) => ResourceCommandState.Enabled,
                    _ => ResourceCommandState.Hidden,
                },
            }));

        resource.Annotations.Add(new ResourceCommandAnnotation(
            KnownResourceCommands.StopCommand,
            "Stop",
            async context =>
            {
                await starter.StopInstanceAsync(context.ResourceName, context.CancellationToken);
                return CommandResults.Success();
            },
            new()
            {
                Description = "Stop resource",
                IconName = "Stop",
                IconVariant = IconVariant.Filled,
                IsHighlighted = true,
                UpdateState = context => context.ResourceSnapshot.State?.Text switch
                {
                    "Stopping" => ResourceCommandState.Disabled,
                    null or "" or "Starting" or "Waiting" or "RuntimeUnhealthy" => ResourceCommandState.Hidden,
                    var state when HasStopped(state) => ResourceCommandState.Hidden,
                    _ => ResourceCommandState.Enabled,
                },
            }));

        resource.Annotations.Add(new ResourceCommandAnnotation(
            KnownResourceCommands.RestartCommand,
            "Restart",
            async context =>
            {
                await starter.StopInstanceAsync(context.ResourceName, context.CancellationToken);
                await starter.StartInstanceAsync(context.ResourceName, context.CancellationToken);
                return CommandResults.Success();
            },
            new()
            {
                Description = "Restart resource",
                IconName = "ArrowCounterclockwise",
                IconVariant = IconVariant.Regular,
                UpdateState = context => context.ResourceSnapshot.State?.Text switch
                {
                    null or "" or "Starting" or "Stopping" or "Waiting" or "RuntimeUnhealthy" => ResourceCommandState.Disabled,
                    var state when HasStopped(state) => ResourceCommandState.Disabled,
                    _ => ResourceCommandState.Enabled,
                },
            }));
    }

    private static bool HasStopped(string? state) =>
        KnownResourceStates.TerminalStates.Contains(state) || state == KnownResourceStates.NotStarted || state == "Unknown";
}
