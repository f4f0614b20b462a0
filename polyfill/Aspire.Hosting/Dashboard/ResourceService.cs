using System.Security.Cryptography;
using System.Text;
using Aspire.Hosting.ApplicationModel;
using Grpc.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Dashboard;

/// <summary>Answers the dashboard: which resources there are, what they say, and the buttons pressed.</summary>
internal sealed class ResourceService(
    ResourceNotificationService notifications,
    ResourceLoggerService loggers,
    ResourceCommandService commands,
    DistributedApplicationOptions options,
    IHostEnvironment environment,
    IHostApplicationLifetime lifetime,
    IConfiguration configuration) : Proto.DashboardService.DashboardServiceBase
{
    private const string MinimumDashboardVersion = "13.5.0";
    private const string ApiKeyHeader = "x-resource-service-api-key";
    private const int MaximumBatchCharacters = 1_000_000;

    // Enough for a burst of changes to become one message, and nobody sees the delay.
    private static readonly TimeSpan _batchingDelay = TimeSpan.FromMilliseconds(50);

    private readonly DateTime _start = DateTime.UtcNow;

    public override Task<Proto.ApplicationInformationResponse> GetApplicationInformation(
        Proto.ApplicationInformationRequest request, ServerCallContext context)
    {
        Authorize(context);
        var name = options.DashboardApplicationName ?? environment.ApplicationName;

        return Task.FromResult(new Proto.ApplicationInformationResponse
        {
            ApplicationName = name.EndsWith("AppHost", StringComparison.OrdinalIgnoreCase) ? name[..^"AppHost".Length].TrimEnd('.') : name,
            MinDashboardVersion = MinimumDashboardVersion,
        });
    }

    public override Task WatchResources(
        Proto.WatchResourcesRequest request, IServerStreamWriter<Proto.WatchResourcesUpdate> responseStream, ServerCallContext context) =>
        StreamAsync(context, async cancellationToken =>
        {
            var isFirst = true;
            await foreach (var batch in BatchAsync(notifications.WatchAsync(cancellationToken), cancellationToken))
            {
                // Only the last snapshot of each instance is worth sending.
                var latest = batch.GroupBy(e => e.ResourceId).Select(g => g.Last().ToProto(_start));
                await responseStream.WriteAsync(
                    isFirst
                        ? new() { InitialData = new() { Resources = { latest } } }
                        : new() { Changes = new() { Value = { latest.Select(r => new Proto.WatchResourcesChange { Upsert = r }) } } },
                    cancellationToken);
                isFirst = false;
            }
        });

    public override Task WatchResourceConsoleLogs(
        Proto.WatchResourceConsoleLogsRequest request,
        IServerStreamWriter<Proto.WatchResourceConsoleLogsUpdate> responseStream,
        ServerCallContext context) =>
        StreamAsync(context, async cancellationToken =>
        {
            var lines = request.SuppressFollow ? loggers.GetAllAsync(request.ResourceName) : loggers.WatchAsync(request.ResourceName);
            await foreach (var batch in lines.WithCancellation(cancellationToken))
            {
                var update = new Proto.WatchResourceConsoleLogsUpdate();
                var characters = 0;
                foreach (var line in batch)
                {
                    if (characters > MaximumBatchCharacters)
                    {
                        await responseStream.WriteAsync(update, cancellationToken);
                        update = new();
                        characters = 0;
                    }

                    update.LogLines.Add(new Proto.ConsoleLogLine { Text = line.Content, LineNumber = line.LineNumber, IsStdErr = line.IsErrorMessage });
                    characters += line.Content.Length;
                }

                await responseStream.WriteAsync(update, cancellationToken);
            }
        });

    public override async Task<Proto.ResourceCommandResponse> ExecuteResourceCommand(
        Proto.ResourceCommandRequest request, ServerCallContext context)
    {
        Authorize(context);
        var result = await commands.ExecuteCommandAsync(request.ResourceName, request.CommandName, context.CancellationToken);
        var response = new Proto.ResourceCommandResponse
        {
            Kind = result switch
            {
                { Success: true } => Proto.ResourceCommandResponseKind.Succeeded,
                { Canceled: true } => Proto.ResourceCommandResponseKind.Cancelled,
                _ => Proto.ResourceCommandResponseKind.Failed,
            },
        };
        if (result.Message is not null)
        {
            response.Message = result.Message;
        }

        return response;
    }

    /// <summary>Nothing is asked of the person at the dashboard; but without this stream the dashboard stays at "Loading...".</summary>
    public override Task WatchInteractions(
        IAsyncStreamReader<Proto.WatchInteractionsRequestUpdate> requestStream,
        IServerStreamWriter<Proto.WatchInteractionsResponseUpdate> responseStream,
        ServerCallContext context) =>
        StreamAsync(context, async cancellationToken =>
        {
            await context.WriteResponseHeadersAsync([]);
            while (await requestStream.MoveNext(cancellationToken))
            {
                // An answer to nothing.
            }
        });

    private void Authorize(ServerCallContext context)
    {
        var expected = Encoding.UTF8.GetBytes(configuration["AppHost:ResourceService:ApiKey"] ?? "");
        var shown = Encoding.UTF8.GetBytes(context.RequestHeaders.GetValue(ApiKeyHeader) ?? "");
        if (!CryptographicOperations.FixedTimeEquals(expected, shown))
        {
            throw new RpcException(new Status(StatusCode.Unauthenticated, $"The header {ApiKeyHeader} is missing or wrong."));
        }
    }

    /// <summary>Streams end when the dashboard goes, or the AppHost.</summary>
    private async Task StreamAsync(ServerCallContext context, Func<CancellationToken, Task> stream)
    {
        Authorize(context);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            await stream(end.Token);
        }
        catch (Exception ex) when (ex is OperationCanceledException or IOException && end.IsCancellationRequested)
        {
            // That was the end.
        }
    }

    private static async IAsyncEnumerable<List<T>> BatchAsync<T>(
        IAsyncEnumerable<T> items, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = System.Threading.Channels.Channel.CreateUnbounded<T>();
        var reading = ReadAsync();

        while (await channel.Reader.WaitToReadAsync(cancellationToken))
        {
            await Task.Delay(_batchingDelay, cancellationToken);
            var batch = new List<T>();
            while (channel.Reader.TryRead(out var item))
            {
                batch.Add(item);
            }

            yield return batch;
        }

        await reading;

        async Task ReadAsync()
        {
            await foreach (var item in items.WithCancellation(cancellationToken))
            {
                channel.Writer.TryWrite(item);
            }

            channel.Writer.Complete();
        }
    }
}
