using Npgsql;

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
                $"Host={host};Port={port};Username={Name};Password={PasswordParameter};Database={Name}");
        }
    }
}

internal static class PostgresDatabases
{
    /// <summary>Adds a database whose owner is the only user that can connect to it, apart from the superuser.</summary>
    public static IResourceBuilder<OwnedDatabaseResource> AddOwnedDatabase(
        this IDistributedApplicationBuilder builder, IResourceWithConnectionString server, string name, ParameterResource password)
    {
        var database = new OwnedDatabaseResource(name, server, ((IResourceWithEndpoints)server).GetEndpoint("tcp"), password);
        return builder.AddServerObject(
                database,
                cancellationToken => CreateIfMissingAsync(database, cancellationToken),
                async cancellationToken => await (await OpenAsync(database, cancellationToken)).DisposeAsync())
            .WithIconName("DatabaseMultiple");
    }

    /// <summary>Connects to a server or a database.</summary>
    public static async Task<NpgsqlConnection> OpenAsync(IResourceWithConnectionString resource, CancellationToken cancellationToken)
    {
        // Not pooled: after a restart of the server the pool would return a connection that the restart has closed.
        var connection = new NpgsqlConnection($"{await resource.GetConnectionStringAsync(cancellationToken)};Pooling=false;Timeout=2");
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    private static async Task CreateIfMissingAsync(OwnedDatabaseResource database, CancellationToken cancellationToken)
    {
        var name = database.Name;
        var password = await database.PasswordParameter.GetValueAsync(cancellationToken);
        await using var connection = await OpenAsync(database.Parent, cancellationToken);

        // Statements that create or alter objects have no parameters; names and generated passwords contain no quotation marks.
        if (!await ExistsAsync("SELECT 1 FROM pg_roles WHERE rolname = $1"))
        {
            await ExecuteAsync($"CREATE ROLE \"{name}\"");
        }

        await ExecuteAsync(
            $"ALTER ROLE \"{name}\" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD '{password}'");

        if (!await ExistsAsync("SELECT 1 FROM pg_database WHERE datname = $1"))
        {
            await ExecuteAsync($"CREATE DATABASE \"{name}\" OWNER \"{name}\"");
        }

        await ExecuteAsync($"REVOKE ALL ON DATABASE \"{name}\" FROM PUBLIC");

        async Task<bool> ExistsAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = name } } };
            return await command.ExecuteScalarAsync(cancellationToken) is not null;
        }

        async Task ExecuteAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
