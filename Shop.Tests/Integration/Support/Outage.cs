using System.Diagnostics;
using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Shop.Tests.Integration.Support;

/// <summary>Takes a part of the running application away, and brings it back.</summary>
internal sealed class Outage(DistributedApplication app, string resource)
{
    // As long as the whole application may take to start.
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(3);

    /// <summary>Asks it to stop, as the dashboard's button does.</summary>
    public async Task StopAsync()
    {
        var stopped = await app.ResourceCommands.ExecuteCommandAsync(Resource, KnownResourceCommands.StopCommand);
        Assert.True(stopped.Success, stopped.Message);
        await WhenGoneAsync();
    }

    /// <summary>Pulls the plug, without a word before.</summary>
    public async Task KillAsync()
    {
        Assert.True(app.ResourceNotifications.TryGetCurrentState(resource, out var now));
        var id = Convert.ToInt32(now.Snapshot.Properties.Single(property => property.Name == "executable.pid").Value, CultureInfo.InvariantCulture);

        // A process with children is the shell that waits for the server; it ends with it, and takes note of its end.
        var children = File.ReadAllText($"/proc/{id}/task/{id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(child => int.Parse(child, CultureInfo.InvariantCulture)).ToList();
        foreach (var victim in children.DefaultIfEmpty(id))
        {
            using var process = Process.GetProcessById(victim);
            process.Kill(entireProcessTree: true);
        }

        await WhenGoneAsync();
    }

    /// <summary>Starts it again and waits until it is well.</summary>
    public async Task EndAsync()
    {
        var started = await app.ResourceCommands.ExecuteCommandAsync(Resource, KnownResourceCommands.StartCommand);
        Assert.True(started.Success, started.Message);
        await app.ResourceNotifications.WaitForResourceHealthyAsync(resource).WaitAsync(_limit);
    }

    private IResource Resource => app.ResourceNotifications.TryGetCurrentState(resource, out var now)
        ? now.Resource
        : throw new InvalidOperationException($"There is no {resource}.");

    private Task<string> WhenGoneAsync() =>
        app.ResourceNotifications.WaitForResourceAsync(resource, KnownResourceStates.TerminalStates).WaitAsync(_limit);
}
