using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Shop.AppHost.Infrastructure;

/// <summary>Tells the console when everything is healthy and where to look, or what has failed and who waits for it.</summary>
internal sealed class StartReport(
    DistributedApplicationModel model,
    ResourceNotificationService notifications,
    ResourceLoggerService logs,
    IConfiguration configuration,
    IHostApplicationLifetime lifetime)
{
    private const int LastLines = 10;

    /// <summary>Watches until the AppHost stops.</summary>
    public async Task WatchAsync()
    {
        try
        {
            await Task.WhenAll(ReportReadyAsync(lifetime.ApplicationStopping), ReportFailuresAsync(lifetime.ApplicationStopping));
        }
        catch (OperationCanceledException)
        {
            // the AppHost is stopping
        }
    }

    private async Task ReportReadyAsync(CancellationToken cancellationToken)
    {
        var services = model.Resources.OfType<ProjectResource>().ToList();
        await Task.WhenAll(services.Select(service => notifications.WaitForResourceHealthyAsync(service.Name, WaitBehavior.WaitOnResourceUnavailable, cancellationToken)));

        var seconds = (DateTime.Now - Process.GetCurrentProcess().StartTime).TotalSeconds;

        Console.WriteLine(FormattableString.Invariant($"Ready after {seconds:0.0} s"));
        if (DashboardAddress() is { } dashboard)
        {
            WriteAddress("dashboard", dashboard);
        }

        foreach (var service in services)
        {
            WriteAddress(service.Name, service.GetEndpoint("http").Url);
        }

        static void WriteAddress(string name, string address) => Console.WriteLine($"  {name,-10} {address}");
    }

    private async Task ReportFailuresAsync(CancellationToken cancellationToken)
    {
        var told = new HashSet<(string Resource, DateTime? Stopped)>();

        await foreach (var update in notifications.WatchAsync(cancellationToken))
        {
            var snapshot = update.Snapshot;
            var failed = snapshot.State?.Text == KnownResourceStates.FailedToStart || snapshot.ExitCode is not (null or 0);
            if (!failed || !told.Add((update.ResourceId, snapshot.StopTimeStamp)))
            {
                continue;
            }

            Console.WriteLine(snapshot.ExitCode is { } exitCode
                ? $"{update.Resource.Name} stopped with exit code {exitCode}."
                : $"{update.Resource.Name} failed to start.");

            var waiting = WaitingFor(update.Resource).ToList();
            if (waiting.Count > 0)
            {
                Console.WriteLine($"  {string.Join(", ", waiting)} {(waiting.Count == 1 ? "waits" : "wait")} for it. Restart it in the dashboard to go on.");
            }

            foreach (var line in await LastLinesOfAsync(update.ResourceId, cancellationToken))
            {
                Console.WriteLine($"  | {line}");
            }
        }
    }

    private IEnumerable<string> WaitingFor(IResource resource) =>
        from other in model.Resources
        where other.Annotations.OfType<WaitAnnotation>().Any(wait => wait.Resource == resource || (wait.Resource as IResourceWithParent)?.Parent == resource)
        where notifications.TryGetCurrentState(other.Name, out var state) && state.Snapshot.State?.Text == KnownResourceStates.Waiting
        select other.Name;

    private async Task<IEnumerable<string>> LastLinesOfAsync(string resourceId, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        await foreach (var batch in logs.GetAllAsync(resourceId).WithCancellation(cancellationToken))
        {
            lines.AddRange(batch.Select(line => WithoutTime(line.Content)).Where(line => line.Length > 0));
        }

        return lines.TakeLast(LastLines);
    }

    // 2026-11-22T17:39:18.6970000Z Ready to accept connections
    private static string WithoutTime(string line) =>
        line.Split(' ', 2) is [var first, var rest] && DateTimeOffset.TryParse(first, CultureInfo.InvariantCulture, out _) ? rest : line;

    // The link that signs in at once. Aspire adds the dashboard to the model, and makes the token, when the dashboard is on.
    private string? DashboardAddress() =>
        model.Resources.OfType<IResourceWithEndpoints>().FirstOrDefault(resource => resource.Name == "aspire-dashboard") is { } dashboard
            ? $"{dashboard.GetEndpoints().First(endpoint => endpoint.EndpointName is "http" or "https").Url}/login?t={configuration["AppHost:BrowserToken"]}"
            : null;
}

internal static class StartReportExtensions
{
    /// <summary>Adds the report of what is ready and what has failed.</summary>
    public static void AddStartReport(this IDistributedApplicationBuilder builder) =>
        // Not a hosted service: Aspire's own, ahead of it, returns from its start only when no resource waits any more.
        builder.Eventing.Subscribe<BeforeStartEvent>((starting, _) =>
        {
            var report = ActivatorUtilities.CreateInstance<StartReport>(starting.Services, starting.Model).WatchAsync();
            report.ContinueWith(
                failed => Console.Error.WriteLine($"The start report ended: {failed.Exception!.GetBaseException().Message}"),
                CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            return Task.CompletedTask;
        });
}
