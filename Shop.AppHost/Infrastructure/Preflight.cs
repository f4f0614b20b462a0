using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;

namespace Shop.AppHost.Infrastructure;

internal static class Preflight
{
    /// <summary>Makes trouble one clear line and exit code 1, instead of a stack trace.</summary>
    public static void ExplainTrouble(this IDistributedApplicationBuilder builder)
    {
        AppDomain.CurrentDomain.UnhandledException += static (_, unhandled) =>
        {
            // Run() waits for a task, so what ends it comes wrapped.
            switch ((unhandled.ExceptionObject as Exception)?.GetBaseException())
            {
                case DistributedApplicationException trouble:
                    Console.Error.WriteLine(trouble.Message);
                    Environment.Exit(1);
                    break;

                case OperationCanceledException: // Ctrl+C while something was still waiting to start
                    Environment.Exit(0);
                    break;
            }
        };

        builder.Eventing.Subscribe<BeforeStartEvent>((starting, _) =>
        {
            // Tests let every port be a free one.
            if (!builder.Configuration.GetValue("DcpPublisher:RandomizePorts", false))
            {
                RequireFreePorts(starting.Model, builder.Configuration["ASPNETCORE_URLS"]);
            }

            return Task.CompletedTask;
        });
    }

    // Nothing else would say so: a resource whose port another program holds shows as running, and its clients reach the stranger.
    private static void RequireFreePorts(DistributedApplicationModel model, string? dashboardAddresses)
    {
        var ports = from resource in model.Resources
                    from endpoint in resource.Annotations.OfType<EndpointAnnotation>()
                    select (resource.Name, Port: endpoint.Port ?? 0);

        var dashboard = from address in (dashboardAddresses ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries)
                        select (Name: "the dashboard", new Uri(address).Port);

        foreach (var (name, port) in dashboard.Concat(ports))
        {
            if (port != 0 && !IsFree(port))
            {
                throw new DistributedApplicationException($"Port {port}, which {name} needs, is in use by another program.");
            }
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
