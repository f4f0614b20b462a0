using System.Net;
using System.Net.Http.Json;
using System.Text;
using RabbitMQ.Client;

namespace Shop.AppHost.Infrastructure;

internal static class RabbitMQUserBuilderExtensions
{
    // Everything except the broker's own exchanges. All services share the user: publishing to a queue by its name, as redelivery and error
    // queues need it, is a permission on the default exchange, which includes all queues.
    private const string AllExceptBuiltIn = @"^(?!amq\.)";
    private const string DefaultExchangeAndAllExceptBuiltIn = @"^(?!amq\.)|^amq\.default$";

    private const int MaxAttempts = 20;

    private static readonly TimeSpan _retryDelay = TimeSpan.FromSeconds(0.5);

    /// <summary>Adds a user that may declare, publish to and consume from exchanges and queues, and nothing else.</summary>
    public static IResourceBuilder<RabbitMQUserResource> AddRabbitMQUser(
        this IDistributedApplicationBuilder builder, IResourceWithConnectionString server, string name, ParameterResource password)
    {
        var endpoints = (IResourceWithEndpoints)server;
        var user = new RabbitMQUserResource(name, server, endpoints.GetEndpoint("tcp"), password);
        return builder.AddServerObject(
                user,
                cancellationToken => CreateAsync(user, cancellationToken),
                cancellationToken => ConnectAsync(user, cancellationToken))
            .WithIconName("Person");
    }

    /// <summary>Connects to the broker and disconnects.</summary>
    public static async Task ConnectAsync(IResourceWithConnectionString rabbitmq, CancellationToken cancellationToken)
    {
        var factory = new ConnectionFactory
        {
            Uri = new((await rabbitmq.GetConnectionStringAsync(cancellationToken))!),
            RequestedConnectionTimeout = TimeSpan.FromSeconds(2),
            AutomaticRecoveryEnabled = false,
            ClientProvidedName = "apphost health check",
        };

        await using var connection = await factory.CreateConnectionAsync(cancellationToken);
    }

    /// <summary>Creates a client of the management API, as the administrator of the broker.</summary>
    public static async Task<HttpClient> CreateManagementClientAsync(
        IResourceWithConnectionString server, CancellationToken cancellationToken)
    {
        var administrator = new Uri((await server.GetConnectionStringAsync(cancellationToken))!).UserInfo;
        var client = new HttpClient { BaseAddress = new(((IResourceWithEndpoints)server).GetEndpoint("management").Url) };
        client.DefaultRequestHeaders.Authorization =
            new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(administrator))));
        return client;
    }

    private static async Task CreateAsync(RabbitMQUserResource user, CancellationToken cancellationToken)
    {
        using var client = await CreateManagementClientAsync(user.Parent, cancellationToken);
        var password = await user.PasswordParameter.GetValueAsync(cancellationToken);
        await PutAsync($"/api/users/{user.Name}", new { password, tags = "" });
        await PutAsync(
            $"/api/permissions/%2F/{user.Name}",
            new { configure = AllExceptBuiltIn, write = DefaultExchangeAndAllExceptBuiltIn, read = AllExceptBuiltIn });

        async Task PutAsync(string path, object body)
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    using var response = await client.PutAsJsonAsync(path, body, cancellationToken);
                    response.EnsureSuccessStatusCode();
                    return;
                }
                catch (HttpRequestException e) when (e.StatusCode is null or >= HttpStatusCode.InternalServerError && attempt < MaxAttempts)
                {
                    // The management plugin may start after the broker.
                    await Task.Delay(_retryDelay, cancellationToken);
                }
            }
        }
    }
}
