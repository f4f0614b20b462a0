using System.Diagnostics;
using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Shop.Tests.Integration.Support;

/// <summary>The replicas of a service of the running application, as processes.</summary>
internal sealed class Replicas(DistributedApplication app, string service)
{
    private static readonly TimeSpan _timeout = TimeSpan.FromMinutes(3);

    /// <summary>Waits until a number of replicas run and are healthy, and returns their ids.</summary>
    public async Task<IReadOnlyList<string>> WaitForAsync(int count)
    {
        using var timeout = new CancellationTokenSource(_timeout);
        var healthy = new HashSet<string>();
        await foreach (var update in app.ResourceNotifications.WatchAsync(timeout.Token))
        {
            if (update.Resource.Name != service)
            {
                continue;
            }

            if (update.Snapshot is { State.Text: "Running", HealthStatus: HealthStatus.Healthy })
            {
                healthy.Add(update.ResourceId);
            }
            else
            {
                healthy.Remove(update.ResourceId);
            }

            if (healthy.Count == count)
            {
                return [.. healthy.Order(StringComparer.Ordinal)];
            }
        }

        throw new TimeoutException($"{service} has {healthy.Count} healthy replicas.");
    }

    /// <summary>
    /// Sends a signal to a replica: <c>KILL</c> ends it, <c>STOP</c> makes it hang, as a lost network does, and <c>CONT</c> ends that.
    /// </summary>
    public void Signal(string id, string signal)
    {
        Assert.True(app.ResourceNotifications.TryGetCurrentState(id, out var current));
        var launcher = current.Snapshot.Properties.Single(property => property.Name == "executable.pid").Value;
        foreach (var process in ResourceOutage.FindProcesses(Convert.ToInt32(launcher, CultureInfo.InvariantCulture)))
        {
            using var kill = Process.Start("kill", [$"-{signal}", $"{process}"]);
            kill.WaitForExit();
            Assert.Equal(0, kill.ExitCode);
        }
    }

    /// <summary>Starts a replica that was killed.</summary>
    public async Task StartAsync(string id)
    {
        await app.ResourceNotifications.WaitForResourceAsync(
            service, update => update.ResourceId == id && KnownResourceStates.TerminalStates.Contains(update.Snapshot.State?.Text))
            .WaitAsync(_timeout);
        var started = await app.ResourceCommands.ExecuteCommandAsync(id, KnownResourceCommands.StartCommand);
        Assert.True(started.Success, started.Message);
    }
}
