using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client.Exceptions;
using Shop.Web.Management;

namespace Shop.Messaging.ErrorQueues;

internal static class ErrorQueueEndpoints
{
    private const int MaxMessages = 200;

    public static void AddErrorQueues(this IHostApplicationBuilder builder, IReadOnlyList<string> queues)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<ErrorQueueBrowser>(services, queues));
        builder.Services.AddSingleton<ErrorQueueMonitor>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ErrorQueueMonitor>());
        builder.Services.AddHealthChecks().AddCheck<ErrorQueueMonitor>("error_queues");
        builder.Services.MapToServiceUnavailable<BrokerUnreachableException>();
        builder.Services.MapToServiceUnavailable<AlreadyClosedException>();
    }

    /// <summary>For those who run the service: see the error queues, and decide.</summary>
    public static void MapErrorQueues(this WebApplication app)
    {
        if (app.Services.GetService<ErrorQueueBrowser>() is null)
            return;

        var errors = app.MapManagementGroup("/admin");
        errors.MapGet("/errors", ListQueues);
        errors.MapGet("/errors/{queue}", ListMessages);
        errors.MapPost("/errors/{queue}/replay", ReplayAll);
        errors.MapPost("/errors/{queue}/{id}/replay", ReplayOne);
        errors.MapDelete("/errors/{queue}/{id}", Discard);
    }

    private static async Task<Ok<List<ErrorQueueView>>> ListQueues(ErrorQueueBrowser parked, CancellationToken cancellationToken)
    {
        var found = new List<ErrorQueueView>();
        foreach (var queue in parked.Queues)
        {
            var count = await parked.CountAsync(queue, cancellationToken);
            found.Add(new(queue, count, await parked.ReadAsync(queue, 1, cancellationToken) is [var oldest] ? oldest : null));
        }

        return TypedResults.Ok(found);
    }

    private static async Task<Results<Ok<IReadOnlyList<ErrorQueueMessage>>, NotFound>> ListMessages(
        string queue, ErrorQueueBrowser parked, CancellationToken cancellationToken, int limit = MaxMessages) =>
        parked.Queues.Contains(queue)
            ? TypedResults.Ok(await parked.ReadAsync(queue, Math.Clamp(limit, 1, MaxMessages), cancellationToken))
            : TypedResults.NotFound();

    private static async Task<Results<Ok<ReplayView>, NotFound>> ReplayAll(
        string queue, ErrorQueueBrowser parked, ILogger<ErrorQueueBrowser> log, CancellationToken cancellationToken)
    {
        if (!parked.Queues.Contains(queue))
            return TypedResults.NotFound();

        var count = await parked.ReplayAsync(queue, id: null, cancellationToken);
        log.MessagesReplayed(queue, count);
        return TypedResults.Ok(new ReplayView(count));
    }

    private static async Task<Results<Ok<ReplayView>, NotFound>> ReplayOne(
        string queue, string id, ErrorQueueBrowser parked, ILogger<ErrorQueueBrowser> log, CancellationToken cancellationToken)
    {
        if (!parked.Queues.Contains(queue) || await parked.ReplayAsync(queue, id, cancellationToken) is not (> 0 and var count))
            return TypedResults.NotFound();

        log.MessagesReplayed(queue, count);
        return TypedResults.Ok(new ReplayView(count));
    }

    private static async Task<Results<NoContent, NotFound>> Discard(
        string queue, string id, ErrorQueueBrowser parked, ILogger<ErrorQueueBrowser> log, CancellationToken cancellationToken)
    {
        if (!parked.Queues.Contains(queue) || await parked.DiscardAsync(queue, id, cancellationToken) == 0)
            return TypedResults.NotFound();

        log.MessageDiscarded(queue, id);
        return TypedResults.NoContent();
    }
}

/// <param name="Queue">The consumer's queue, whose error queue this is about.</param>
/// <param name="Count">Messages parked there.</param>
/// <param name="Oldest">The one that has been there longest; null when there is none.</param>
internal sealed record ErrorQueueView(string Queue, uint Count, ErrorQueueMessage? Oldest);

/// <param name="Replayed">How many messages are back in their consumer's queue.</param>
internal sealed record ReplayView(int Replayed);
