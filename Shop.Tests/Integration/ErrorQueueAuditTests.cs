using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Shop.Messaging.ErrorQueues;
using Shop.Messaging.MassTransit;
using Shop.Telemetry.Events;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Integration;

[Collection(WholeApplication.Name)]
public sealed class ErrorQueueAuditTests(ShopApp shop)
{
    [Fact]
    public async Task Replay_that_fails_half_way_is_recorded_with_the_number_of_messages_that_were_replayed()
    {
        var queue = $"half-way-{Guid.NewGuid():n}";
        var address = await shop.ConnectionStringAsync("rabbitmq");
        await using var connection = await new ConnectionFactory { Uri = new(address) }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        // The second message is refused.
        await channel.QueueDeclareAsync(
            queue, durable: true, exclusive: false, autoDelete: false,
            new Dictionary<string, object?> { ["x-max-length"] = 1, ["x-overflow"] = "reject-publish" });
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("ConnectionStrings:rabbitmq", address)]).Build();
        using var log = new RecordedLog();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(log));
        await using var errors = new ErrorQueueBrowser(
            [queue], new MassTransitEnvelope(), configuration, new HostingEnvironment { ApplicationName = "Shop.Tests" });
        await using var broker = await BrokerClient.OpenAsync(shop);
        try
        {
            Assert.Equal(0u, await errors.CountAsync(queue, CancellationToken.None));
            for (var i = 0; i < 3; i++)
            {
                await broker.PublishAsync($"{queue}_error", [1], $"{i}");
            }

            await Assert.ThrowsAsync<PublishException>(() => ErrorQueueEndpoints.ReplayAsync(
                queue, id: null, errors, new AuditLog(loggers, new HttpContextAccessor()), CancellationToken.None));

            Assert.StartsWith("Replayed 1 messages", Assert.Single(log.TextsOf("error_queue.replayed")), StringComparison.Ordinal);
        }
        finally
        {
            await channel.QueueDeleteAsync(queue);
            await channel.QueueDeleteAsync($"{queue}_error");
        }
    }
}
