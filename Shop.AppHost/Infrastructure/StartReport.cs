using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Shop.AppHost.Infrastructure;

internal static class StartReportExtensions
{
    /// <summary>Tells the console when everything is healthy and where to look, or what has failed and who waits for it.</summary>
    public static void AddStartReport(this IDistributedApplicationBuilder builder) => builder.Services.AddHostedService<StartReport>();
}

internal sealed class StartReport(
    DistributedApplicationModel model,
    ResourceNotificationService notifications,
    ResourceLoggerService logs,
    IConfiguration configuration) : BackgroundService
{
    private const int LastLines = 10;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(ReportReadyAsync(stoppingToken), ReportFailuresAsync(stoppingToken));

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
            lines.AddRange(batch.Select(line => line.Content));
        }

        return lines.TakeLast(LastLines);
    }

    // The link that signs in at once; Aspire makes the token when the dashboard is on.
    private string? DashboardAddress()
    {
        var address = configuration["ASPNETCORE_URLS"]?.Split(';')[0];
        return configuration["AppHost:BrowserToken"] is { Length: > 0 } token && address is not null ? $"{address}/login?t={token}" : null;
    }
}
