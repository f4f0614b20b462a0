using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client.Exceptions;
using Shop.ServiceDefaults.Management;

namespace Shop.ServiceDefaults.ErrorQueues;

internal static class ErrorQueueEndpoints
{
    private const int MostShown = 200;

    public static void AddErrorQueues(this IHostApplicationBuilder builder, IReadOnlyList<string> queues)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<ParkedMessages>(services, queues));
        builder.Services.AddSingleton<ParkedWatch>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ParkedWatch>());
        builder.Services.AddHealthChecks().AddCheck<ParkedWatch>("parked_messages");
        builder.Services.TreatAsUnavailable<BrokerUnreachableException>();
        builder.Services.TreatAsUnavailable<AlreadyClosedException>();
    }

    /// <summary>For those who run the service: see the error queues, and decide.</summary>
    public static void MapErrorQueues(this WebApplication app)
    {
        if (app.Services.GetService<ParkedMessages>() is null)
            return;

        var errors = app.MapManagement("/admin");
        errors.MapGet("/errors", ListQueues);
        errors.MapGet("/errors/{queue}", ListMessages);
        errors.MapPost("/errors/{queue}/replay", ReplayAll);
        errors.MapPost("/errors/{queue}/{id}/replay", ReplayOne);
        errors.MapDelete("/errors/{queue}/{id}", Discard);
    }

    private static async Task<Ok<List<ErrorQueueView>>> ListQueues(ParkedMessages parked, CancellationToken cancellationToken)
    {
        var found = new List<ErrorQueueView>();
        foreach (var queue in parked.Queues)
        {
            var count = await parked.CountAsync(queue, cancellationToken);
            found.Add(new(queue, count, await parked.ReadAsync(queue, 1, cancellationToken) is [var oldest] ? oldest : null));
        }

        return TypedResults.Ok(found);
    }

    private static async Task<Results<Ok<IReadOnlyList<ParkedMessage>>, NotFound>> ListMessages(
        string queue, ParkedMessages parked, CancellationToken cancellationToken, int limit = MostShown) =>
        parked.Queues.Contains(queue)
            ? TypedResults.Ok(await parked.ReadAsync(queue, Math.Clamp(limit, 1, MostShown), cancellationToken))
            : TypedResults.NotFound();

    private static async Task<Results<Ok<ReplayView>, NotFound>> ReplayAll(
        string queue, ParkedMessages parked, ILogger<ParkedMessages> log, CancellationToken cancellationToken)
    {
        if (!parked.Queues.Contains(queue))
            return TypedResults.NotFound();

        var count = await parked.ReplayAsync(queue, id: null, cancellationToken);
        log.ParkedReplayed(queue, count);
        return TypedResults.Ok(new ReplayView(count));
    }

    private static async Task<Results<Ok<ReplayView>, NotFound>> ReplayOne(
        string queue, string id, ParkedMessages parked, ILogger<ParkedMessages> log, CancellationToken cancellationToken)
    {
        if (!parked.Queues.Contains(queue) || await parked.ReplayAsync(queue, id, cancellationToken) is not (> 0 and var count))
            return TypedResults.NotFound();

        log.ParkedReplayed(queue, count);
        return TypedResults.Ok(new ReplayView(count));
    }

    private static async Task<Results<NoContent, NotFound>> Discard(
        string queue, string id, ParkedMessages parked, ILogger<ParkedMessages> log, CancellationToken cancellationToken)
    {
        if (!parked.Queues.Contains(queue) || await parked.DiscardAsync(queue, id, cancellationToken) == 0)
            return TypedResults.NotFound();

        log.ParkedDiscarded(queue, id);
        return TypedResults.NoContent();
    }
}

/// <param name="Queue">The consumer's queue, whose error queue this is about.</param>
/// <param name="Count">Messages parked there.</param>
/// <param name="Oldest">The one that has been there longest; null when there is none.</param>
internal sealed record ErrorQueueView(string Queue, uint Count, ParkedMessage? Oldest);

/// <param name="Replayed">How many messages are back in their consumer's queue.</param>
internal sealed record ReplayView(int Replayed);
