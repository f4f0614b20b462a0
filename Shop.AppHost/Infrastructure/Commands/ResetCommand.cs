using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using StackExchange.Redis;

namespace Shop.AppHost.Infrastructure.Commands;

/// <summary>Adds the command that deletes all data.</summary>
internal static class ResetCommand
{
    /// <summary>
    /// Adds the command <c>reset-data</c> to the PostgreSQL server. It also deletes the carts in Redis and the messages in RabbitMQ:
    /// an order in one store without its counterpart in another would be an error that the services report.
    /// </summary>
    public static void AddResetCommand(this IDistributedApplicationBuilder builder)
    {
        var databases = builder.Resources.OfType<OwnedDatabaseResource>().ToList();
        builder.CreateResourceBuilder(databases[0].Parent).WithCommand(
            "reset-data",
            "Reset data",
            context => ResetAsync(context, databases),
            new CommandOptions
            {
                Description = "Deletes all databases, carts and messages, and starts the services with demonstration data.",
                IconName = "DatabaseWarning",
                ConfirmationMessage =
                    "Delete all orders, products, carts, messages and accounts? The services restart with demonstration data.",
                UpdateState = StaffCommandExtensions.EnabledWhenHealthy,
            });
    }

    private static async Task<ExecuteCommandResult> ResetAsync(ExecuteCommandContext context, List<OwnedDatabaseResource> databases)
    {
        var model = context.Services.GetRequiredService<DistributedApplicationModel>();
        var notifications = context.Services.GetRequiredService<ResourceNotificationService>();
        var running = model.GetProjectResources()
            .Where(service => notifications.TryGetCurrentState(service.Name, out var current)
                && current.Snapshot.State?.Text == KnownResourceStates.Running)
            .ToList();
        await ExecuteAsync(KnownResourceCommands.StopCommand);
        try
        {
            foreach (var database in databases)
            {
                await RecreateAsync(database, context.CancellationToken);
            }

            await DeleteCartsAsync(Find("redis"), context.CancellationToken);
            await DeleteMessagesAsync(Find("rabbitmq"), context.CancellationToken);
        }
        catch (Exception e) when (e is NpgsqlException or RedisException or HttpRequestException)
        {
            return CommandResults.Failure($"Not all data was deleted, run the command again: {e.Message}");
        }
        finally
        {
            await ExecuteAsync(KnownResourceCommands.StartCommand);
        }

        foreach (var service in running)
        {
            await notifications.WaitForResourceHealthyAsync(service.Name, context.CancellationToken);
        }

        return CommandResults.Success("All data was deleted. The shop has its demonstration data again.");

        IResourceWithConnectionString Find(string name) =>
            model.Resources.OfType<IResourceWithConnectionString>().Single(resource => resource.Name == name);

        Task ExecuteAsync(string command) => Task.WhenAll(running.Select(service =>
            context.Services.GetRequiredService<ResourceCommandService>().ExecuteCommandAsync(service, command, CancellationToken.None)));
    }

    private static async Task RecreateAsync(OwnedDatabaseResource database, CancellationToken cancellationToken)
    {
        var server = (await database.Parent.GetConnectionStringAsync(cancellationToken))!;
        await OwnedDatabaseBuilderExtensions.DropAsync(server, database.Name, cancellationToken);
        await OwnedDatabaseBuilderExtensions.CreateIfMissingAsync(
            server, database.Name, (await database.PasswordParameter.GetValueAsync(cancellationToken))!, cancellationToken);
    }

    private static async Task DeleteCartsAsync(IResourceWithConnectionString redis, CancellationToken cancellationToken)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(
            $"{await redis.GetConnectionStringAsync(cancellationToken)},allowAdmin=true");
        await connection.GetServers().Single().FlushAllDatabasesAsync();
    }

    // The protocol of clients cannot list queues.
    private static async Task DeleteMessagesAsync(IResourceWithConnectionString rabbitmq, CancellationToken cancellationToken)
    {
        using var client = await RabbitMQUserBuilderExtensions.CreateManagementClientAsync(rabbitmq, cancellationToken);
        foreach (var queue in (await client.GetFromJsonAsync<List<Queue>>("/api/queues/%2F", cancellationToken))!)
        {
            using var response = await client.DeleteAsync(
                $"/api/queues/%2F/{Uri.EscapeDataString(queue.Name)}/contents", cancellationToken);
            response.EnsureSuccessStatusCode();
        }
    }

    private sealed record Queue(string Name);
}
