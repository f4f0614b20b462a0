using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace Shop.AppHost.Infrastructure;

internal static class FriendlyErrors
{
    /// <summary>
    /// Reports an error that the user can fix as one line and exit code 1 instead of a stack trace, ports that are already in use included.
    /// </summary>
    public static void UseFriendlyErrors(this IDistributedApplicationBuilder builder)
    {
        AppDomain.CurrentDomain.UnhandledException += static (_, unhandled) =>
        {
            // Run() waits for a task synchronously, so the exception may be wrapped in an AggregateException.
            switch ((unhandled.ExceptionObject as Exception)?.GetBaseException())
            {
                case DistributedApplicationException error:
                    Console.Error.WriteLine(error.Message);
                    Environment.Exit(1);
                    break;

                case IOException or UnauthorizedAccessException:
                    Console.Error.WriteLine(((Exception)unhandled.ExceptionObject).GetBaseException().Message);
                    Environment.Exit(1);
                    break;

                case OperationCanceledException: // Ctrl+C while a resource was still waiting to start
                    Environment.Exit(0);
                    break;
            }
        };

        builder.Eventing.Subscribe<BeforeStartEvent>((starting, _) =>
        {
            // With random ports, which tests use, the ports of the model are not those that are opened.
            if (!builder.Configuration.GetValue("DcpPublisher:RandomizePorts", false))
            {
                ThrowIfPortInUse(starting.Model, builder.Configuration["ASPNETCORE_URLS"]);
            }

            return Task.CompletedTask;
        });
    }

    // A resource whose port belongs to another program is shown as running, and its clients connect to that program
    // (https://github.com/microsoft/aspire/issues/9717).
    private static void ThrowIfPortInUse(DistributedApplicationModel model, string? dashboardUrls)
    {
        var resources = from resource in model.Resources
                        from endpoint in resource.Annotations.OfType<EndpointAnnotation>()
                        select (resource.Name, Port: endpoint.Port ?? 0);

        var dashboard = from url in (dashboardUrls ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries)
                        select (Name: "the dashboard", GetAddress(url).Port);

        foreach (var (name, port) in dashboard.Concat(resources))
        {
            if (port != 0 && GetBindError(port) is { } error)
            {
                throw new DistributedApplicationException(error is SocketError.AddressAlreadyInUse
                    ? $"Port {port}, which {name} needs, is in use by another program."
                    : $"Port {port}, which {name} needs, cannot be opened: {new SocketException((int)error).Message}.");
            }
        }
    }

    // Not a Uri, which rejects http://*:15080.
    private static BindingAddress GetAddress(string url)
    {
        try
        {
            return BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            throw new DistributedApplicationException(
                $"ASPNETCORE_URLS contains '{url}'; an address of the dashboard is http://HOST:PORT.");
        }
    }

    // Clients of localhost may try ::1 first, so a port that is free on 127.0.0.1 only is not free.
    private static SocketError? GetBindError(int port) =>
        GetBindError(IPAddress.Loopback, port) ?? GetBindError(IPAddress.IPv6Loopback, port);

    private static SocketError? GetBindError(IPAddress address, int port)
    {
        try
        {
            using var listener = new TcpListener(address, port);
            listener.Start();
            return null;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported)
        {
            return null; // IPv6 is disabled.
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }
}
