using System.Collections.Concurrent;
using System.Globalization;
using Npgsql;

namespace Shop.Insights.Data;

/// <summary>The partitions of a table: one for each day (UTC) of the column <c>time</c>.</summary>
/// <param name="table">The table.</param>
/// <param name="advisoryLock">
/// An arbitrary number that all replicas share: the partitions of a table are created and dropped by one at a time.
/// </param>
internal abstract class DayPartitions(string table, long advisoryLock)
{
    private const string DayFormat = "yyyyMMdd";

    private static readonly TimeSpan _analyzeTimeout = TimeSpan.FromMinutes(10);

    private readonly string _prefix = $"{table}_";
    private readonly ConcurrentDictionary<DateOnly, bool> _known = new();

    /// <summary>Gets the name of the table.</summary>
    public string Table => table;

    /// <summary>Returns the day of a time.</summary>
    public static DateOnly GetDay(DateTimeOffset time) => DateOnly.FromDateTime(time.UtcDateTime);

    /// <summary>Inserts rows, for whose days there are partitions then.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="days">The days of the rows.</param>
    /// <param name="insert">Inserts the rows in one transaction. It is called again if a partition was dropped meanwhile.</param>
    /// <param name="cancellationToken">Cancels the creation of partitions.</param>
    /// <returns>What <paramref name="insert"/> returns.</returns>
    public async Task<T> InsertAsync<T>(
        NpgsqlConnection connection, IReadOnlyCollection<DateOnly> days, Func<Task<T>> insert, CancellationToken cancellationToken)
    {
        await CreateAsync(connection, days, cancellationToken);
        try
        {
            return await insert();
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.CheckViolation)
        {
            // A partition that this process knows was dropped.
            _known.Clear();
            await CreateAsync(connection, days, cancellationToken);
            return await insert();
        }
    }

    /// <summary>Creates the partitions of days that have none.</summary>
    public async Task CreateAsync(NpgsqlConnection connection, IEnumerable<DateOnly> days, CancellationToken cancellationToken)
    {
        var missing = days.Where(day => !_known.ContainsKey(day)).ToList();
        if (missing.Count == 0)
        {
            return;
        }

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await LockAsync(connection, cancellationToken);
        var existing = await ListAsync(connection, cancellationToken);
        foreach (var day in missing.Where(day => !existing.Contains(day)))
        {
            // CREATE TABLE ... PARTITION OF would wait for all queries that read the table, and let new ones wait. Attaching does not.
            await RunAsync(
                connection,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"""
                    CREATE TABLE {GetName(day)} (LIKE {table} INCLUDING ALL);
                    ALTER TABLE {table} ATTACH PARTITION {GetName(day)}
                        FOR VALUES FROM ('{day:yyyy-MM-dd} 00:00:00Z') TO ('{day.AddDays(1):yyyy-MM-dd} 00:00:00Z');
                    """),
                cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        foreach (var day in missing)
        {
            _known[day] = true;
        }
    }

    /// <summary>Lists the days before a day that have a partition, the oldest first.</summary>
    public async Task<IReadOnlyList<DateOnly>> ListBeforeAsync(
        NpgsqlConnection connection, DateOnly first, CancellationToken cancellationToken) =>
        [.. (await ListAsync(connection, cancellationToken)).Where(day => day < first).Order()];

    /// <summary>Drops the partition of a day, with its rows.</summary>
    /// <exception cref="PostgresException">Queries have read the table for longer than the lock timeout.</exception>
    public async Task DropAsync(NpgsqlConnection connection, DateOnly day, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await LockAsync(connection, cancellationToken);
        await RunAsync(connection, $"DROP TABLE IF EXISTS {GetName(day)}", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        _known.TryRemove(day, out _);
    }

    /// <summary>Updates what the planner knows about the rows of all days.</summary>
    /// <remarks>
    /// Autovacuum does so for each partition and never for their table, from which queries over several days are planned.
    /// </remarks>
    public async Task AnalyzeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"ANALYZE {table}", connection) { CommandTimeout = (int)_analyzeTimeout.TotalSeconds };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private string GetName(DateOnly day) => _prefix + day.ToString(DayFormat, CultureInfo.InvariantCulture);

    private async Task<HashSet<DateOnly>> ListAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"SELECT c.relname FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = '{table}'::regclass",
            connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var days = new HashSet<DateOnly>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var name = reader.GetString(0);
            if (name.StartsWith(_prefix, StringComparison.Ordinal)
                && DateOnly.TryParseExact(
                    name[_prefix.Length..], DayFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            {
                days.Add(day);
            }
        }

        return days;
    }

    private Task LockAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        RunAsync(
            connection, string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_xact_lock({advisoryLock})"), cancellationToken);

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
