using Npgsql;
using RabbitMQ.Client;
using Shop.Bench.Running;
using StackExchange.Redis;

namespace Shop.Bench.Load;

/// <summary>The servers asked by nothing but their client libraries: what no service above them can be faster than.</summary>
internal sealed class Floors : IAsyncDisposable
{
    // About what a checkout's message has.
    private const int MessageBytes = 2_000;
    private const string Queue = "bench-floor";

    private readonly NpgsqlDataSource _postgres;
    private readonly ConnectionMultiplexer _redis;
    private readonly IConnection _rabbit;
    private readonly IChannel[] _channels;
    private readonly byte[] _message = new byte[MessageBytes];

    private Floors(NpgsqlDataSource postgres, ConnectionMultiplexer redis, IConnection rabbit, IChannel[] channels) =>
        (_postgres, _redis, _rabbit, _channels) = (postgres, redis, rabbit, channels);

    public static async Task<Floors> OpenAsync(RunningShop shop, int clients)
    {
        var postgres = NpgsqlDataSource.Create(await shop.ConnectionStringAsync("ordersdb"));
        await using var table = postgres.CreateCommand("create table bench_floor (id uuid primary key, said text not null)");
        await table.ExecuteNonQueryAsync();

        var rabbit = await new ConnectionFactory { Uri = new(await shop.ConnectionStringAsync("rabbitmq")) }.CreateConnectionAsync();
        var channels = new IChannel[clients];
        for (var i = 0; i < clients; i++)
            channels[i] = await rabbit.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        await channels[0].QueueDeclareAsync(Queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });

        return new(postgres, await ConnectionMultiplexer.ConnectAsync(await shop.ConnectionStringAsync("redis")), rabbit, channels);
    }

    /// <summary>One row, in a transaction of its own.</summary>
    public async Task InsertAsync()
    {
        await using var command = _postgres.CreateCommand("insert into bench_floor values ($1, 'one order')");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = Guid.CreateVersion7() });
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>One message to a quorum queue, confirmed by the broker.</summary>
    public async Task PublishAsync(int number) => await _channels[number % _channels.Length].BasicPublishAsync(
        "", Queue, mandatory: true, new BasicProperties { Persistent = true }, _message);

    public Task GetAsync(int number) => _redis.GetDatabase().StringGetAsync($"bench-floor-{number % 1000}");

    /// <summary>What a checkout asks of servers before it is answered: two round trips to Redis, of the same commands, and a confirmed message.</summary>
    public async Task CheckOutAsync(int number)
    {
        var redis = _redis.GetDatabase();
        RedisKey cart = $"bench-floor-cart-{number}", checkout = $"bench-floor-checkout-{number}";
        await Task.WhenAll(redis.StringGetAsync(checkout), redis.HashGetAllAsync(cart));
        await redis.StringSetAndGetAsync(checkout, "what is bought", TimeSpan.FromDays(14), keepTtl: false, When.NotExists);
        await PublishAsync(number);
    }

    public async ValueTask DisposeAsync()
    {
        await _channels[0].QueueDeleteAsync(Queue);
        await _rabbit.DisposeAsync();
        await _redis.DisposeAsync();
        await _postgres.DisposeAsync();
    }
}
