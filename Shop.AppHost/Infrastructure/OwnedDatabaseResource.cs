using System.Data.Common;
using System.Text;

namespace Shop.AppHost.Infrastructure;

/// <summary>A PostgreSQL database and the role of the same name that owns it. The role is not a superuser.</summary>
internal sealed class OwnedDatabaseResource(
    string name, IResourceWithConnectionString server, EndpointReference endpoint, ParameterResource password)
    : Resource(name), IResourceWithParent<IResourceWithConnectionString>, IResourceWithConnectionString
{
    public IResourceWithConnectionString Parent => server;

    public ParameterResource PasswordParameter => password;

    public ReferenceExpression ConnectionStringExpression
    {
        get
        {
            var (host, port) = (endpoint.Property(EndpointProperty.Host), endpoint.Property(EndpointProperty.Port));
            return ReferenceExpression.Create(
                $"Host={host};Port={port};Username={Name};{new PasswordSetting(password)};Database={Name}");
        }
    }
}

/// <summary>The password in a connection string: <c>Password=...</c>, with quotation marks where it needs them.</summary>
internal sealed class PasswordSetting(ParameterResource password) : IValueProvider, IManifestExpressionProvider
{
    // The resource is not published (ContainerBackingServices).
    public string ValueExpression => $"Password={password.ValueExpression}";

    public async ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default)
    {
        var setting = new StringBuilder();
        DbConnectionStringBuilder.AppendKeyValuePair(setting, "Password", await password.GetValueAsync(cancellationToken));
        return setting.ToString();
    }
}
