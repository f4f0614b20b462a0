namespace Shop.AppHost.Infrastructure.Local;

/// <summary>A PostgreSQL server that runs as a local process.</summary>
internal sealed class LocalPostgresResource(string name, string directory, ParameterResource password)
    : ExecutableResource(name, ServerScript.Shell, directory), IResourceWithConnectionString
{
    public EndpointReference PrimaryEndpoint => field ??= new(this, "tcp");

    public EndpointReferenceExpression Host => PrimaryEndpoint.Property(EndpointProperty.Host);

    public EndpointReferenceExpression Port => PrimaryEndpoint.Property(EndpointProperty.Port);

    public ParameterResource PasswordParameter => password;

    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"Host={Host};Port={Port};Username=postgres;Password={PasswordParameter}");
}
