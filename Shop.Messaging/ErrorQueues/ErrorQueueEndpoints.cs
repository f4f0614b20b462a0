using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using RabbitMQ.Client.Exceptions;
using Shop.Telemetry.Events;

namespace Shop.Messaging.ErrorQueues;

/// <summary>Operator endpoints for the error queues, on the management endpoint.</summary>
internal static class ErrorQueueEndpoints
{
    private const int MaxMessages = 200;

    public static void AddErrorQueues(this IHostApplicationBuilder builder, string service, IReadOnlyList<string> queues)
    {
        builder.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<ErrorQueueBrowser>(services, queues));
        builder.Services.AddSingleton(services => new ErrorQueueCleaner(services.GetRequiredService<ErrorQueueBrowser>(), service));
        builder.Services.AddSingleton<ErrorQueueMonitor>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ErrorQueueMonitor>());
        builder.Services.AddHealthChecks().AddCheck<ErrorQueueMonitor>("error_queues");
        builder.Services.MapToServiceUnavailable<BrokerUnreachableException>();
        builder.Services.MapToServiceUnavailable<AlreadyClosedException>();
        builder.Services.AddManagementEndpoints(MapErrorQueues);
    }

    private static void MapErrorQueues(IEndpointRouteBuilder admin)
    {
        admin.MapGet("/errors", ListQueues);
        admin.MapGet("/errors/{queue}", ListMessages);
        // A message id may have any character, and %2F is not decoded in a path: hence it is a parameter of the query.
        admin.MapPost("/errors/{queue}/replay-all", ReplayAll);
        admin.MapPost("/errors/{queue}/replay", ReplayOne);
        admin.MapDelete("/errors/{queue}", Discard);
    }

    private static async Task<Ok<List<ErrorQueueView>>> ListQueues(ErrorQueueBrowser browser, CancellationToken cancellationToken)
    {
        var queues = new List<ErrorQueueView>();
        foreach (var queue in browser.Queues)
        {
            var count = await browser.CountAsync(queue, cancellationToken);
            queues.Add(new(queue, count, await browser.ReadAsync(queue, 1, cancellationToken) is [var oldest] ? oldest : null));
        }

        return TypedResults.Ok(queues);
    }

    private static async Task<Results<Ok<IReadOnlyList<ErrorQueueMessage>>, NotFound>> ListMessages(
        string queue, ErrorQueueBrowser browser, CancellationToken cancellationToken, int limit = MaxMessages) =>
        browser.Queues.Contains(queue)
            ? TypedResults.Ok(await browser.ReadAsync(queue, Math.Clamp(limit, 1, MaxMessages), cancellationToken))
            : TypedResults.NotFound();

    private static Task<Results<Ok<ReplayView>, NotFound>> ReplayAll(
        string queue, ErrorQueueBrowser browser, AuditLog audit, CancellationToken cancellationToken) =>
        ReplayAsync(queue, id: null, browser, audit, cancellationToken);

    private static Task<Results<Ok<ReplayView>, NotFound>> ReplayOne(
        string queue, string id, ErrorQueueBrowser browser, AuditLog audit, CancellationToken cancellationToken) =>
        ReplayAsync(queue, id, browser, audit, cancellationToken);

    internal static async Task<Results<Ok<ReplayView>, NotFound>> ReplayAsync(
        string queue, string? id, ErrorQueueBrowser browser, AuditLog audit, CancellationToken cancellationToken)
    {
        if (!browser.Queues.Contains(queue))
        {
            return TypedResults.NotFound();
        }

        var count = 0;
        try
        {
            await browser.ReplayAsync(queue, id, () => count++, cancellationToken);
        }
        finally
        {
            if (count > 0)
            {
                audit.MessagesReplayed(queue, count);
            }
        }

        return count == 0 && id is not null ? TypedResults.NotFound() : TypedResults.Ok(new ReplayView(count));
    }

    internal static async Task<Results<NoContent, NotFound>> Discard(
        string queue, string id, ErrorQueueBrowser browser, AuditLog audit, CancellationToken cancellationToken)
    {
        if (!browser.Queues.Contains(queue))
        {
            return TypedResults.NotFound();
        }

        var count = 0;
        try
        {
            await browser.DiscardAsync(queue, message => ErrorQueueMessage.GetId(message) == id, () => count++, cancellationToken);
        }
        finally
        {
            if (count > 0)
            {
                audit.MessageDiscarded(queue, id);
            }
        }

        return count == 0 ? TypedResults.NotFound() : TypedResults.NoContent();
    }
}

/// <param name="Queue">The handler's queue.</param>
/// <param name="Count">Number of messages in its error queue.</param>
/// <param name="Oldest">The oldest message there; <see langword="null"/> when the error queue is empty.</param>
internal sealed record ErrorQueueView(string Queue, uint Count, ErrorQueueMessage? Oldest);

/// <param name="Replayed">Number of messages returned to the handler's queue.</param>
internal sealed record ReplayView(int Replayed);
