namespace Shop.AppHost.Infrastructure;

/// <summary>A user of a RabbitMQ broker that has no access to its administration.</summary>
internal sealed class RabbitMQUserResource(
    string name, IResourceWithConnectionString server, EndpointReference endpoint, ParameterResource password)
    : Resource(name), IResourceWithParent<IResourceWithConnectionString>, IResourceWithConnectionString
{
    public IResourceWithConnectionString Parent => server;

    public ParameterResource PasswordParameter => password;

    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"amqp://{Name}:{PasswordParameter:uri}@{endpoint.Property(EndpointProperty.HostAndPort)}");
}
