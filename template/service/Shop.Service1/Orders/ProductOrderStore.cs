using StackExchange.Redis;

namespace Shop.Service1.Orders;

/// <summary>Stores in Redis which confirmed orders contain a product: a set of order ids for each product.</summary>
internal sealed class ProductOrderStore(IConnectionMultiplexer redis)
{
    /// <summary>Adds an order to a product. An order that is added again changes nothing.</summary>
    public Task AddAsync(string sku, Guid orderId) => redis.GetDatabase().SetAddAsync(Key(sku), orderId.ToString());

    /// <summary>Returns the number of orders of a product.</summary>
    public Task<long> CountAsync(string sku) => redis.GetDatabase().SetLengthAsync(Key(sku));

    private static string Key(string sku) => $"service1:orders:{sku}";
}
