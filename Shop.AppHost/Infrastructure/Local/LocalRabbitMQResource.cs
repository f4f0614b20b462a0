namespace Shop.AppHost.Infrastructure.Local;

/// <summary>A RabbitMQ broker with its management UI that runs as a local process.</summary>
internal sealed class LocalRabbitMQResource(string name, string directory, ParameterResource password)
    : ExecutableResource(name, ServerScript.Shell, directory), IResourceWithConnectionString
{
    public EndpointReference PrimaryEndpoint => field ??= new(this, "tcp");

    public EndpointReference ManagementEndpoint => field ??= new(this, "management");

    /// <summary>The endpoint of Erlang's node-to-node protocol.</summary>
    public EndpointReference DistributionEndpoint => field ??= new(this, "distribution");

    /// <summary>The endpoint of epmd, the Erlang port mapper daemon.</summary>
    public EndpointReference PortMapperEndpoint => field ??= new(this, "epmd");

    public ParameterResource PasswordParameter => password;

    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"amqp://guest:{PasswordParameter:uri}@{PrimaryEndpoint.Property(EndpointProperty.HostAndPort)}");
}
