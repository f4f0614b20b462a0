using System.Net;
using Aspire.Hosting.ApplicationModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dashboard;

/// <summary>The small web server of <see cref="ResourceService"/>: HTTP/2 on the loopback, at a port that is free.</summary>
internal sealed class ResourceServiceHost : IHostedService, IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TaskCompletionSource<string> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ResourceServiceHost(
        ResourceNotificationService notifications,
        ResourceLoggerService loggers,
        ResourceCommandService commands,
        DistributedApplicationOptions options,
        IHostEnvironment environment,
        IHostApplicationLifetime lifetime,
        IConfiguration configuration,
        ILoggerFactory loggerFactory)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);

            // The dashboard's stream of interactions stays silent for hours; Kestrel's lower limit would cut it, and the whole
            // connection with it, after five seconds.
            kestrel.Limits.MinRequestBodyDataRate = null;
        });

        builder.Services.AddRouting();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(loggerFactory);
        builder.Services.AddSingleton(new ResourceService(notifications, loggers, commands, options, environment, lifetime, configuration));

        _app = builder.Build();
        _app.UseRouting();
        _app.MapGrpcService<ResourceService>();
    }

    public Task<string> GetAddressAsync(CancellationToken cancellationToken) => _address.Task.WaitAsync(cancellationToken);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _app.StartAsync(cancellationToken);
        _address.SetResult(_app.Urls.Single());
    }

    public Task StopAsync(CancellationToken cancellationToken) => _app.StopAsync(cancellationToken);

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
