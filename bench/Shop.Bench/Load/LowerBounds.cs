using Npgsql;
using RabbitMQ.Client;
using Shop.Bench.Application;
using StackExchange.Redis;

namespace Shop.Bench.Load;

/// <summary>
/// Operations on the servers through their client libraries alone. Their latency is a lower bound for every service that uses the servers.
/// </summary>
internal sealed class LowerBounds : IAsyncDisposable
{
    public const string InsertScenario = "Npgsql: insert of one row";
    public const string PublishScenario = "RabbitMQ.Client: confirmed message";
    public const string RedisScenario = "StackExchange.Redis: GET";

    // About the size of the message of a checkout.
    private const int MessageBytes = 2_000;
    private const string Queue = "bench-lower-bound";

    private readonly NpgsqlDataSource _postgres;
    private readonly ConnectionMultiplexer _redis;
    private readonly IConnection _rabbitMQ;
    private readonly IChannel[] _channels;
    private readonly byte[] _message = new byte[MessageBytes];

    private LowerBounds(NpgsqlDataSource postgres, ConnectionMultiplexer redis, IConnection rabbitMQ, IChannel[] channels) =>
        (_postgres, _redis, _rabbitMQ, _channels) = (postgres, redis, rabbitMQ, channels);

    /// <param name="shop">The application whose servers are used.</param>
    /// <param name="clients">Number of concurrent clients; each gets a channel of its own.</param>
    public static async Task<LowerBounds> ConnectAsync(ShopApplication shop, int clients)
    {
        var postgres = NpgsqlDataSource.Create(await shop.GetConnectionStringAsync("ordersdb"));
        await using var createTable = postgres.CreateCommand("create table bench_lower_bound (id uuid primary key, value text not null)");
        await createTable.ExecuteNonQueryAsync();

        var factory = new ConnectionFactory { Uri = new(await shop.GetConnectionStringAsync("rabbitmq")) };
        var rabbitMQ = await factory.CreateConnectionAsync();
        var options = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);
        var channels = new IChannel[clients];
        for (var i = 0; i < clients; i++)
        {
            channels[i] = await rabbitMQ.CreateChannelAsync(options);
        }

        var arguments = new Dictionary<string, object?> { ["x-queue-type"] = "quorum" };
        await channels[0].QueueDeclareAsync(Queue, durable: true, exclusive: false, autoDelete: false, arguments);

        var redis = await ConnectionMultiplexer.ConnectAsync(await shop.GetConnectionStringAsync("redis"));
        return new LowerBounds(postgres, redis, rabbitMQ, channels);
    }

    /// <summary>Inserts one row in a transaction of its own.</summary>
    public async Task InsertAsync()
    {
        await using var command = _postgres.CreateCommand("insert into bench_lower_bound values ($1, 'one order')");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = Guid.CreateVersion7() });
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Publishes one message to a quorum queue and waits for the confirmation of the broker.</summary>
    public async Task PublishAsync(int number) => await _channels[number % _channels.Length].BasicPublishAsync(
        "", Queue, mandatory: true, new BasicProperties { Persistent = true }, _message);

    public Task GetAsync(int number) => _redis.GetDatabase().StringGetAsync($"bench-lower-bound-{number % 1000}");

    /// <summary>
    /// Sends what a checkout sends to the servers before its response: two round trips to Redis with the same commands, and one confirmed
    /// message.
    /// </summary>
    public async Task CheckOutAsync(int number)
    {
        var redis = _redis.GetDatabase();
        RedisKey cart = $"bench-lower-bound-cart-{number}", checkout = $"bench-lower-bound-checkout-{number}";
        await Task.WhenAll(redis.StringGetAsync(checkout), redis.HashGetAllAsync(cart));
        await redis.StringSetAndGetAsync(checkout, "lines of the cart", TimeSpan.FromDays(14), keepTtl: false, When.NotExists);
        await PublishAsync(number);
    }

    public async ValueTask DisposeAsync()
    {
        await _channels[0].QueueDeleteAsync(Queue);
        await _rabbitMQ.DisposeAsync();
        await _redis.DisposeAsync();
        await _postgres.DisposeAsync();
    }
}
