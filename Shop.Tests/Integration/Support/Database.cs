using Npgsql;

namespace Shop.Tests.Integration.Support;

/// <summary>A service's database, looked into from behind.</summary>
internal sealed class Database(ShopApp shop, string name)
{
    public async Task<T> ReadAsync<T>(string sql, params object[] values)
    {
        await using var connection = await OpenAsync();
        await using var command = Command(connection, sql, values);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task<int> RunAsync(string sql, params object[] values)
    {
        await using var connection = await OpenAsync();
        await using var command = Command(connection, sql, values);
        return await command.ExecuteNonQueryAsync();
    }

    public async Task<IReadOnlyList<string>> LinesAsync(string sql, params object[] values)
    {
        await using var connection = await OpenAsync();
        await using var command = Command(connection, sql, values);
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync())
            lines.Add(reader.GetString(0));
        return lines;
    }

    /// <summary>Changes with every change of any row. What only remembers requests for a while is left out.</summary>
    public async Task<string> FingerprintAsync()
    {
        var tables = await LinesAsync("select tablename from pg_tables where schemaname = 'public' and tablename <> 'received_webhooks' order by tablename");
        var prints = new List<string>();
        foreach (var table in tables)
            prints.Add($"{table} {await ReadAsync<string>($"select count(*) || ' ' || coalesce(md5(string_agg(md5(r::text), '' order by md5(r::text))), '') from \"{table}\" r")}");
        return string.Join('\n', prints);
    }

    public async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection($"{await shop.ConnectionStringAsync(name)};Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, object[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }
}
