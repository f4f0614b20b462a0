using Npgsql;

namespace Shop.AppHost.Infrastructure;

internal static class OwnedDatabaseBuilderExtensions
{
    // Tables, views, sequences that are not part of a table, functions, types, the objects of text search and collations, and schemas,
    // except those of extensions. Array types and the row types of tables follow their element and their table. The schema public belongs
    // to the owner of the database.
    private const string ObjectsOfOthers = """
        WITH namespaces AS (SELECT * FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'),
            owner AS (SELECT oid FROM pg_roles WHERE rolname = $1)
        SELECT format('ALTER TABLE %s OWNER TO %I', c.oid::regclass, $1) FROM pg_class c
        WHERE relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND relowner <> (SELECT oid FROM owner)
            AND relnamespace IN (SELECT oid FROM namespaces)
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                AND (d.deptype = 'e' OR c.relkind = 'S' AND d.deptype IN ('a', 'i')))
        UNION ALL
        SELECT format('ALTER ROUTINE %s OWNER TO %I', p.oid::regprocedure, $1) FROM pg_proc p
        WHERE proowner <> (SELECT oid FROM owner) AND pronamespace IN (SELECT oid FROM namespaces)
            AND NOT EXISTS (SELECT FROM pg_depend d
                WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
        UNION ALL
        SELECT format('ALTER TYPE %s OWNER TO %I', t.oid::regtype, $1) FROM pg_type t
        WHERE typowner <> (SELECT oid FROM owner) AND typnamespace IN (SELECT oid FROM namespaces)
            AND (typtype IN ('e', 'd', 'r') OR typtype = 'b' AND typelem = 0
                OR typtype = 'c' AND EXISTS (SELECT FROM pg_class c WHERE c.oid = typrelid AND relkind = 'c'))
            AND NOT EXISTS (SELECT FROM pg_depend d
                WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
        UNION ALL
        SELECT format('ALTER %s %I.%I OWNER TO %I', o.kind, nspname, o.name, $1)
        FROM (
            SELECT 'TEXT SEARCH CONFIGURATION', 'pg_ts_config'::regclass, oid, cfgname, cfgnamespace, cfgowner FROM pg_ts_config
            UNION ALL
            SELECT 'TEXT SEARCH DICTIONARY', 'pg_ts_dict'::regclass, oid, dictname, dictnamespace, dictowner FROM pg_ts_dict
            UNION ALL
            SELECT 'COLLATION', 'pg_collation'::regclass, oid, collname, collnamespace, collowner FROM pg_collation
        ) o(kind, class, oid, name, namespace, owner) JOIN pg_namespace n ON n.oid = o.namespace
        WHERE o.owner <> (SELECT oid FROM owner) AND o.namespace IN (SELECT oid FROM namespaces)
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype = 'e')
        UNION ALL
        SELECT format('ALTER SCHEMA %I OWNER TO %I', nspname, $1) FROM namespaces
        WHERE nspname <> 'public' AND nspowner <> (SELECT oid FROM owner)
        """;

    /// <summary>Adds a database whose owner is the only user that can connect to it, apart from the superuser.</summary>
    public static IResourceBuilder<OwnedDatabaseResource> AddOwnedDatabase(
        this IDistributedApplicationBuilder builder, IResourceWithConnectionString server, string name, ParameterResource password)
    {
        var database = new OwnedDatabaseResource(name, server, ((IResourceWithEndpoints)server).GetEndpoint("tcp"), password);
        return builder.AddServerObject(
                database,
                async cancellationToken => await CreateIfMissingAsync(
                    (await server.GetConnectionStringAsync(cancellationToken))!, name,
                    (await password.GetValueAsync(cancellationToken))!, cancellationToken),
                async cancellationToken => await (await OpenAsync(database, cancellationToken)).DisposeAsync())
            .WithIconName("DatabaseMultiple");
    }

    /// <summary>Connects to a server or a database.</summary>
    public static async Task<NpgsqlConnection> OpenAsync(IResourceWithConnectionString resource, CancellationToken cancellationToken) =>
        await OpenAsync((await resource.GetConnectionStringAsync(cancellationToken))!, cancellationToken);

    /// <summary>Deletes a database, and ends the connections to it.</summary>
    /// <param name="server">The connection string of the superuser.</param>
    /// <param name="name">The name of the database.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    internal static async Task DropAsync(string server, string name, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(server, cancellationToken);
        await ExecuteAsync(connection, "DROP DATABASE IF EXISTS %I WITH (FORCE)", [name], cancellationToken);
    }

    /// <summary>
    /// Creates a database and the role of the same name that owns it, or makes the role the owner of a database that exists, and of all
    /// that is in it: databases of earlier versions belong to the superuser.
    /// </summary>
    /// <param name="server">The connection string of the superuser.</param>
    /// <param name="name">The name of the database and of the role.</param>
    /// <param name="password">The password of the role.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    internal static async Task CreateIfMissingAsync(string server, string name, string password, CancellationToken cancellationToken)
    {
        await using (var connection = await OpenAsync(server, cancellationToken))
        {
            if (!await ExistsAsync(connection, "SELECT 1 FROM pg_roles WHERE rolname = $1", [name], cancellationToken))
            {
                await ExecuteAsync(connection, "CREATE ROLE %I", [name], cancellationToken);
            }

            await ExecuteAsync(
                connection,
                "ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD %L", [name, password],
                cancellationToken);

            if (!await ExistsAsync(connection, "SELECT 1 FROM pg_database WHERE datname = $1", [name], cancellationToken))
            {
                await ExecuteAsync(connection, "CREATE DATABASE %I OWNER %I", [name, name], cancellationToken);
            }

            await ExecuteAsync(connection, "REVOKE ALL ON DATABASE %I FROM PUBLIC", [name], cancellationToken);

            // What an administrator creates in a database of the role stays the administrator's.
            const string IsOwner = "SELECT 1 FROM pg_database JOIN pg_roles r ON r.oid = datdba WHERE datname = $1 AND rolname = $1";
            if (await ExistsAsync(connection, IsOwner, [name], cancellationToken))
            {
                return;
            }
        }

        await TakeOverAsync(new NpgsqlConnectionStringBuilder(server) { Database = name }.ConnectionString, name, cancellationToken);
    }

    private static async Task TakeOverAsync(string database, string role, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(database, cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        foreach (var statement in await ReadAsync(connection, ObjectsOfOthers, [role], cancellationToken))
        {
            await ExecuteAsync(connection, statement, cancellationToken);
        }

        await ExecuteAsync(connection, "ALTER DATABASE %I OWNER TO %I", [role, role], cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task<NpgsqlConnection> OpenAsync(string connectionString, CancellationToken cancellationToken)
    {
        // Not pooled: after a restart of the server the pool would return a connection that the restart has closed.
        var connection = new NpgsqlConnection($"{connectionString};Pooling=false;Timeout=2");
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    private static async Task<bool> ExistsAsync(
        NpgsqlConnection connection, string sql, string[] parameters, CancellationToken cancellationToken) =>
        (await ReadAsync(connection, sql, parameters, cancellationToken)).Count > 0;

    // Statements that create or alter objects have no parameters. The format is that of PostgreSQL: %I is a name, %L a literal.
    private static async Task ExecuteAsync(
        NpgsqlConnection connection, string format, string[] arguments, CancellationToken cancellationToken)
    {
        var places = string.Concat(arguments.Select((_, index) => $", ${index + 1}"));
        var statements = await ReadAsync(connection, $"SELECT format('{format}'{places})", arguments, cancellationToken);
        await ExecuteAsync(connection, statements.Single(), cancellationToken);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    // The first column as text.
    private static async Task<List<string>> ReadAsync(
        NpgsqlConnection connection, string sql, string[] parameters, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters.Select(value => new NpgsqlParameter<string> { TypedValue = value }).ToArray());
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add($"{reader.GetValue(0)}");
        }

        return rows;
    }
}
