using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Orchestrator;

/// <summary>Reads all parameters once, and shows which have a value.</summary>
internal sealed class ParameterProcessor(
    DistributedApplicationOptions options, ResourceNotificationService notifications, ResourceLoggerService loggers)
{
    public async Task ProcessAsync(IEnumerable<ParameterResource> parameters)
    {
        foreach (var parameter in parameters)
        {
            parameter.Processed = new(TaskCreationOptions.RunContinuationsAsynchronously);

            try
            {
                var value = parameter.Value;
                await ShowAsync(parameter, value, KnownResourceStates.Running);
                parameter.Processed.SetResult(value);
            }
#pragma warning disable CA1031 // The getter of a value is anybody's code.
            catch (Exception ex)
            {
                var isMissing = ex is MissingParameterValueException;
                var state = isMissing
                    ? new ResourceStateSnapshot(KnownResourceStates.ValueMissing, KnownResourceStateStyles.Warn)
                    : new ResourceStateSnapshot("Error initializing parameter", KnownResourceStateStyles.Error);
                loggers.GetLogger(parameter).FailedToInitializeParameter(ex, parameter.Name);
                await ShowAsync(parameter, ex.Message, state);

                // With a dashboard, the real one asks there for the value, and whoever needs it waits; here it waits until the next run.
                if (!isMissing || options.DisableDashboard)
                {
                    parameter.Processed.SetException(ex);
                }
            }
#pragma warning restore CA1031
        }
    }

    private Task ShowAsync(ParameterResource parameter, string value, ResourceStateSnapshot? state) =>
        notifications.PublishUpdateAsync(parameter, s => s.WithProperty(new ResourcePropertySnapshot(KnownProperties.ParameterValue, value)
        {
            IsSensitive = parameter.Secret,
            DisplayName = "Value",
            IsHighlighted = true,
            SortOrder = 0,
        }) with { State = state });
}
