using System.Diagnostics;
using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Shop.Tests.Integration.Support;

/// <summary>Stops or kills a service or a server of the running application, and starts it again.</summary>
internal sealed class ResourceOutage(DistributedApplication app, string resource)
{
    // As long as the whole application may take to start.
    private static readonly TimeSpan _timeout = TimeSpan.FromMinutes(3);

    /// <summary>Stops the resource gracefully, as the dashboard's stop button does.</summary>
    public async Task StopAsync()
    {
        var stopped = await app.ResourceCommands.ExecuteCommandAsync(Current.Resource, KnownResourceCommands.StopCommand);
        Assert.True(stopped.Success, stopped.Message);
        await WaitUntilStoppedAsync();
    }

    /// <summary>Kills the container or process of the resource with SIGKILL, as the kernel does when memory runs out.</summary>
    public async Task KillAsync()
    {
        if (Property("container.id") is string container)
        {
            await ContainerRuntime.RunAsync("kill", container);
        }
        else
        {
            foreach (var id in FindProcesses(Convert.ToInt32(Property("executable.pid"), CultureInfo.InvariantCulture)))
            {
                using var process = Process.GetProcessById(id);
                process.Kill(entireProcessTree: true);
            }
        }

        await WaitUntilStoppedAsync();
    }

    /// <summary>Starts the resource and waits until it is healthy.</summary>
    public async Task EndAsync()
    {
        var started = await app.ResourceCommands.ExecuteCommandAsync(Current.Resource, KnownResourceCommands.StartCommand);
        Assert.True(started.Success, started.Message);
        await app.ResourceNotifications.WaitForResourceHealthyAsync(resource).WaitAsync(_timeout);
    }

    private ResourceEvent Current => app.ResourceNotifications.TryGetCurrentState(resource, out var current)
        ? current
        : throw new InvalidOperationException($"There is no resource '{resource}'.");

    private object? Property(string name) => Current.Snapshot.Properties.FirstOrDefault(property => property.Name == name)?.Value;

    /// <summary>
    /// Returns the processes of a resource. One with children is a launcher, dotnet run or a shell, that waits for the server and passes
    /// its exit code on.
    /// </summary>
    public static IReadOnlyList<int> FindProcesses(int id) =>
    [
        .. File.ReadAllText($"/proc/{id}/task/{id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(child => int.Parse(child, CultureInfo.InvariantCulture)).DefaultIfEmpty(id),
    ];

    private Task<string> WaitUntilStoppedAsync() =>
        app.ResourceNotifications.WaitForResourceAsync(resource, KnownResourceStates.TerminalStates).WaitAsync(_timeout);
}
