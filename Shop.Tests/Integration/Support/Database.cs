using Npgsql;

namespace Shop.Tests.Integration.Support;

/// <summary>
/// Direct access to the database of a service, as the user of the service; with the name <c>postgres</c>, to the server as its superuser.
/// </summary>
internal sealed class Database(ShopApp shop, string name)
{
    /// <summary>Reads one value.</summary>
    public async Task<T> ReadAsync<T>(string sql, params object[] values)
    {
        await using var connection = await OpenAsync();
        await using var command = CreateCommand(connection, sql, values);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Runs a statement and returns the number of rows that it changed.</summary>
    public async Task<int> RunAsync(string sql, params object[] values)
    {
        await using var connection = await OpenAsync();
        await using var command = CreateCommand(connection, sql, values);
        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>Reads the first column of all rows.</summary>
    public async Task<IReadOnlyList<string>> LinesAsync(string sql, params object[] values)
    {
        await using var connection = await OpenAsync();
        await using var command = CreateCommand(connection, sql, values);
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync())
        {
            lines.Add(reader.GetString(0));
        }

        return lines;
    }

    /// <summary>Returns a text that changes with any row, except for received webhooks, which a worker deletes when they are old.</summary>
    public async Task<string> FingerprintAsync()
    {
        var tables = await LinesAsync("""
            select tablename from pg_tables where schemaname = 'public' and tablename <> 'received_webhooks' order by tablename
            """);
        var fingerprints = new List<string>();
        foreach (var table in tables)
        {
            var rows = await ReadAsync<string>($"""
                select count(*) || ' ' || coalesce(md5(string_agg(md5(r::text), '' order by md5(r::text))), '') from "{table}" r
                """);
            fingerprints.Add($"{table} {rows}");
        }

        return string.Join('\n', fingerprints);
    }

    public async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection($"{await shop.ConnectionStringAsync(name)};Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    private static NpgsqlCommand CreateCommand(NpgsqlConnection connection, string sql, object[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return command;
    }
}
