using Microsoft.Extensions.Configuration;

namespace Shop.Messaging;

internal static class BrokerAddress
{
    /// <summary>The address of the broker, from <c>ConnectionStrings:rabbitmq</c>.</summary>
    /// <exception cref="InvalidOperationException">The connection string is missing.</exception>
    public static Uri From(IConfiguration configuration) =>
        configuration.GetConnectionString("rabbitmq") is { Length: > 0 } address
            ? new Uri(address)
            : throw new InvalidOperationException(
                "ConnectionStrings:rabbitmq is missing. Expected format: amqp://user:password@host:5672.");
}
