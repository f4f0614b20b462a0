namespace Shop.AppHost.Infrastructure.Local;

/// <summary>A Redis server that runs as a local process.</summary>
internal sealed class LocalRedisResource(string name, string directory, ParameterResource password)
    : ExecutableResource(name, ServerScript.Shell, directory), IResourceWithConnectionString
{
    public EndpointReference PrimaryEndpoint => field ??= new(this, "tcp");

    public ParameterResource PasswordParameter => password;

    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"{PrimaryEndpoint.Property(EndpointProperty.HostAndPort)},password={PasswordParameter}");
}
