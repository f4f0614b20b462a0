using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Shop.AppHost.Infrastructure;

/// <summary>
/// Prints the addresses of the dashboard and the services once all services are healthy, and each resource that fails with its last lines
/// of output and the resources that wait for it. While services are not healthy, prints the resources that are not ready and why.
/// </summary>
internal sealed class StartupSummary(
    DistributedApplicationModel model,
    ResourceNotificationService notifications,
    ResourceLoggerService logs,
    IConfiguration configuration,
    IHostApplicationLifetime lifetime)
{
    private const int MaxLogLines = 10;

    private static readonly TimeSpan _notReadyInterval = TimeSpan.FromMinutes(1);

    /// <summary>Watches the resources until the AppHost stops.</summary>
    public async Task RunAsync()
    {
        try
        {
            var ready = PrintAddressesAsync(lifetime.ApplicationStopping);
            await Task.WhenAll(
                ready, PrintFailuresAsync(lifetime.ApplicationStopping), PrintNotReadyAsync(ready, lifetime.ApplicationStopping));
        }
        catch (OperationCanceledException)
        {
            // The AppHost is stopping.
        }
    }

    private async Task PrintAddressesAsync(CancellationToken cancellationToken)
    {
        // The simulated visitors have no endpoint.
        var services = model.Resources.OfType<ProjectResource>().Where(project => project.GetEndpoints().Any()).ToList();
        await Task.WhenAll(services.Select(service =>
            notifications.WaitForResourceHealthyAsync(service.Name, WaitBehavior.WaitOnResourceUnavailable, cancellationToken)));

        var seconds = (DateTime.Now - Process.GetCurrentProcess().StartTime).TotalSeconds;

        Console.WriteLine(FormattableString.Invariant($"Ready after {seconds:0.0} s"));
        if (DashboardLoginUrl() is { } dashboard)
        {
            WriteLine("dashboard", dashboard);
        }

        foreach (var service in services)
        {
            WriteLine(service.Name, service.GetEndpoint("http").Url);
        }

        static void WriteLine(string name, string url) => Console.WriteLine($"  {name,-10} {url}");
    }

    private async Task PrintFailuresAsync(CancellationToken cancellationToken)
    {
        var reported = new HashSet<(string Resource, DateTime? Stopped)>();

        await foreach (var update in notifications.WatchAsync(cancellationToken))
        {
            var snapshot = update.Snapshot;
            var failed = snapshot.State?.Text == KnownResourceStates.FailedToStart || snapshot.ExitCode is not (null or 0);
            if (!failed || !reported.Add((update.ResourceId, snapshot.StopTimeStamp)))
            {
                continue;
            }

            Console.WriteLine(snapshot.ExitCode is { } exitCode
                ? $"{update.Resource.Name} stopped with exit code {exitCode}."
                : $"{update.Resource.Name} failed to start.");

            var waiting = WaitingFor(update.Resource).ToList();
            if (waiting.Count > 0)
            {
                var (names, verb, failedName) = (string.Join(", ", waiting), waiting.Count == 1 ? "is" : "are", update.Resource.Name);
                var restarted = (update.Resource as IResourceWithParent)?.Parent.Name ?? failedName;
                Console.WriteLine($"  {names} {verb} waiting for {failedName}. Restart {restarted} in the dashboard to continue.");
            }

            foreach (var line in await LastLogLinesAsync(update.ResourceId, cancellationToken))
            {
                Console.WriteLine($"  | {line}");
            }
        }
    }

    // Each minute, unless nothing has changed since the last one.
    private async Task PrintNotReadyAsync(Task ready, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(_notReadyInterval);
        var printed = "";
        while (await timer.WaitForNextTickAsync(cancellationToken) && !ready.IsCompleted)
        {
            var lines = from resource in model.Resources
                        let snapshot = notifications.TryGetCurrentState(resource.Name, out var current) ? current.Snapshot : null
                        let reason = GetReason(snapshot?.State?.Text, snapshot?.HealthReports ?? [])
                        where reason is not null
                        select $"{Environment.NewLine}  {resource.Name} {reason}";
            var text = string.Concat(lines);
            if (text.Length > 0 && text != printed)
            {
                Console.WriteLine($"Not ready:{text}");
                printed = text;
            }
        }
    }

    /// <summary>Returns why a resource is not ready; <see langword="null"/> if it is, or if its failure is printed anyway.</summary>
    internal static string? GetReason(string? state, IEnumerable<HealthReportSnapshot> health)
    {
        if (state is null)
        {
            return "has not been created.";
        }

        if (state != KnownResourceStates.Running)
        {
            // Not started: the rebuilders that Aspire adds to projects, and what the user has not started.
            var expected = state == KnownResourceStates.Active || state == KnownResourceStates.NotStarted
                || KnownResourceStates.TerminalStates.Contains(state);
            return expected ? null : $"is in the state {state}.";
        }

        var failed = health.FirstOrDefault(report => report.Status is not HealthStatus.Healthy);
        var reason = failed?.Description ?? failed?.ExceptionText?.Split('\n')[0].Trim();
        return failed is null ? null : $"is unhealthy: {reason ?? "its health has not been checked yet."}";
    }

    private IEnumerable<string> WaitingFor(IResource resource) =>
        from other in model.Resources
        where other.Annotations.OfType<WaitAnnotation>()
            .Any(wait => wait.Resource == resource || (wait.Resource as IResourceWithParent)?.Parent == resource)
        where notifications.TryGetCurrentState(other.Name, out var state) && state.Snapshot.State?.Text == KnownResourceStates.Waiting
        select other.Name;

    private async Task<IEnumerable<string>> LastLogLinesAsync(string resourceId, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        await foreach (var batch in logs.GetAllAsync(resourceId).WithCancellation(cancellationToken))
        {
            lines.AddRange(batch.Select(line => WithoutTimestamp(line.Content)).Where(line => line.Length > 0));
        }

        return lines.TakeLast(MaxLogLines);
    }

    // Before: "2026-11-22T17:39:18.6970000Z Ready to accept connections"
    private static string WithoutTimestamp(string line) =>
        line.Split(' ', 2) is [var first, var rest] && DateTimeOffset.TryParse(first, CultureInfo.InvariantCulture, out _) ? rest : line;

    // The link that Aspire logs as well. Null where the dashboard is disabled: the model then has no such resource.
    private string? DashboardLoginUrl()
    {
        var dashboard = model.Resources.OfType<IResourceWithEndpoints>().FirstOrDefault(resource => resource.Name == "aspire-dashboard");
        var endpoint = dashboard?.GetEndpoints().First(endpoint => endpoint.EndpointName is "http" or "https");
        return endpoint is null ? null : $"{endpoint.Url}/login?t={configuration["AppHost:BrowserToken"]}";
    }
}

internal static class StartupSummaryExtensions
{
    /// <summary>Adds a <see cref="StartupSummary"/> to the application.</summary>
    public static void AddStartupSummary(this IDistributedApplicationBuilder builder) =>
        // Not a hosted service: those start one after the other, and Aspire's, the first of them, completes its start only when no resource
        // is waiting any more, which is never the case after a failure.
        builder.Eventing.Subscribe<BeforeStartEvent>((starting, _) =>
        {
            var summary = ActivatorUtilities.CreateInstance<StartupSummary>(starting.Services, starting.Model);
            summary.RunAsync().ContinueWith(
                failed => Console.Error.WriteLine($"The startup summary has failed: {failed.Exception!.GetBaseException().Message}"),
                CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            return Task.CompletedTask;
        });
}
