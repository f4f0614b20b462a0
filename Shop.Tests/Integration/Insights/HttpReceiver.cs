using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Shop.Tests.Integration.Insights;

/// <summary>An HTTP server on a free loopback port that keeps what it receives.</summary>
internal sealed class HttpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Received> _requests = new();

    private HttpReceiver(WebApplication app) => _app = app;

    /// <summary>The address.</summary>
    public string Address => _app.Urls.Single();

    /// <summary>The status of the responses.</summary>
    public HttpStatusCode Status { get; set; } = HttpStatusCode.OK;

    /// <summary>The header Location of the responses; null for none.</summary>
    public string? Location { get; set; }

    /// <summary>The header Retry-After of the responses; null for none.</summary>
    public string? RetryAfter { get; set; }

    /// <summary>Whether the bodies of the responses never end.</summary>
    public bool IsEndless { get; set; }

    /// <summary>Runs before a response.</summary>
    public Func<Task>? Receiving { get; set; }

    /// <summary>The requests that were received.</summary>
    public IReadOnlyList<Received> Requests => [.. _requests];

    /// <summary>Starts the server.</summary>
    public static async Task<HttpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseSetting(WebHostDefaults.ServerUrlsKey, "http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var receiver = new HttpReceiver(app);
        app.Run(receiver.ReceiveAsync);
        await app.StartAsync();
        return receiver;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context)
    {
        using var body = await JsonDocument.ParseAsync(context.Request.Body);
        _requests.Enqueue(new(
            context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString()), body.RootElement.Clone()));
        if (Receiving is { } receiving)
        {
            await receiving();
        }

        context.Response.StatusCode = (int)Status;
        context.Response.Headers.Location = Location;
        context.Response.Headers.RetryAfter = RetryAfter;
        if (IsEndless)
        {
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>A request.</summary>
    internal sealed record Received(IReadOnlyDictionary<string, string> Headers, JsonElement Body);
}
